"""Handing over: from a checkpoint to the one `.onnx` file that the bot reads."""
