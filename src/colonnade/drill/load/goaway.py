"""h2, but for one thing: what was begun before the server's GOAWAY may still finish."""

from __future__ import annotations

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, Event
from h2.settings import SettingCodes, Settings
from hyperframe.frame import Frame, GoAwayFrame

# Large enough that no answer waits for a window update to cross the network.
WINDOW = 1 << 24


class ClientConnection(H2Connection):
    """h2 itself calls a connection closed at GOAWAY, and every frame after it an error.

    HAProxy sends one when it is reloaded and then finishes what it has begun, as RFC 9113 6.8 wants it.
    """

    def __init__(self) -> None:
        super().__init__(H2Configuration(client_side=True, header_encoding="latin-1", normalize_outbound_headers=False))
        # Set as initial values: what is changed later is not in the first SETTINGS frame, but counts as acknowledged.
        wanted = {SettingCodes.ENABLE_PUSH: 0, SettingCodes.INITIAL_WINDOW_SIZE: WINDOW}
        self.local_settings = Settings(client=True, initial_values=wanted)

    def open(self) -> None:
        self.initiate_connection()
        self.increment_flow_control_window(WINDOW)

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> tuple[list[Frame], list[Event]]:
        event = ConnectionTerminated()
        event.error_code = frame.error_code
        event.last_stream_id = frame.last_stream_id
        return [], [event]
