"""Export: from a checkpoint to the .onnx file that the bot reads."""

import os

# From 1.29 on, onnxruntime sends usage data unless this is set before its first import.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
