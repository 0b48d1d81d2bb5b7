"""ONNX Runtime without its telemetry: the only module that imports it.

At its import, ONNX Runtime writes an identifier of the machine below the user's cache
folder, and some seconds later it looks for a server to send events to. It does neither
where ``ORT_DISABLE_TELEMETRY=1`` is set before. Processes that this one starts inherit
the variable; the choice of a user who has set it stands.
"""

import os

_telemetry_is_off = os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1") == "1"

import onnxruntime  # noqa: E402

__all__ = ["onnxruntime"]

if _telemetry_is_off:
    # For where the variable says nothing: somebody has imported ONNX Runtime before,
    # or it is built for the telemetry of Windows.
    onnxruntime.disable_telemetry_events()
