"""Export: from a checkpoint to the .onnx file that the bot reads."""
