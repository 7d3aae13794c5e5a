"""`/style`: styles as people see, publish and train them."""
