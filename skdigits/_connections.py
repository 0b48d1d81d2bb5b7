"""Connections of the server, none of which can keep others out.

This module imports Waitress, so import it inside functions only.
"""

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer


class Channel(HTTPChannel):
    """A connection that has to send each request as a whole within the timeout."""

    last_activity: float
    begun: float | None = None  # when the request that is not all there began

    def handle_read(self) -> None:
        """Take what has arrived.

        To Waitress, a client that sends a byte now and then is never idle.
        """
        super().handle_read()
        if self.request is None:
            self.begun = None
        elif self.begun is None:
            self.begun = self.last_activity
        elif self.last_activity - self.begun > self.adj.channel_timeout:
            self.will_close = True


class Server(TcpWSGIServer):
    """A server that closes the connection that has waited longest when it is full."""

    channel_class = Channel

    def readable(self) -> bool:
        """Tell whether one more connection can be accepted."""
        if len(self._map) >= self.adj.connection_limit:
            self._make_room()
        return super().readable()

    def _make_room(self) -> None:
        channels = self.active_channels.values()
        # Those whose requests are worked on stay.
        waiting = [channel for channel in channels if not channel.requests]
        if waiting and not any(channel.will_close for channel in waiting):
            min(waiting, key=_how_needed).will_close = True


def _how_needed(channel: Channel) -> tuple[bool, float]:
    """Put those that read an answer last, and those that have just done anything."""
    return channel.total_outbufs_len > 0, channel.last_activity
