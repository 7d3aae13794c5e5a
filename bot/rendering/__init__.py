"""Images that the bot sends: rating images and charts."""
