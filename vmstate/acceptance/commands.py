"""Commands: which ones a destination obeys that has no return path and no postcopy yet.

What comes behind a LISTEN that was announced is read by a thread of its own; that is not
followed: it is refused here.

Source: QEMU 7.2 migration/savevm.c (loadvm_process_command, mig_cmd_args,
loadvm_postcopy_handle_advise, loadvm_handle_recv_bitmap, loadvm_postcopy_handle_resume).
"""

from __future__ import annotations

from dataclasses import dataclass

from vmstate.cursor import Reader
from vmstate.errors import StreamError
from vmstate.release import Release
from vmstate.stream.format import PAYLOADS, CommandNumber

#: The release that brought SWITCHOVER_START.
_SWITCHOVER = Release(10, 0)


@dataclass(slots=True)
class CommandLoader:
    """What the commands of one stream have brought about so far.

    Attributes:
        release: the destination's.
        blocks: names of its blocks of guest memory.
        has_return_path: whether one was opened.
        is_advised: whether postcopy was announced.
    """

    release: Release
    blocks: frozenset[str]
    has_return_path: bool = False
    is_advised: bool = False

    def load(self, reader: Reader) -> int | None:
        """Obey the command whose number is next.

        Returns:
            the bytes of the package that follows; None if none does.

        Raises:
            StreamError: it is refused.
        """
        offset = reader.offset
        reader.path = "command"
        number, size = reader.unsigned(2), reader.unsigned(2)
        command = self._known(number, size, offset)
        payload = b"" if size == 0 else reader.take(size)
        why = self._why_not(command, payload)
        if why:
            raise StreamError(f"{command.name}: {why}", offset=offset, path="command")
        reader.path = ""
        return int.from_bytes(payload) if command == CommandNumber.PACKAGED else None

    def _known(self, number: int, size: int, offset: int) -> CommandNumber:
        numbers = set(CommandNumber) - {CommandNumber.INVALID}
        if self.release < _SWITCHOVER:
            numbers.discard(CommandNumber.SWITCHOVER_START)
        if number not in numbers:
            raise StreamError(
                f"command {number:#x}, which is unknown", offset=offset, path="command"
            )
        command = CommandNumber(number)
        sizes = PAYLOADS.get(command, (size,))
        if size not in sizes:
            raise StreamError(
                f"{command.name} with {size} bytes, expected {' or '.join(map(str, sizes))}",
                offset=offset,
                path="command",
            )
        return command

    def _why_not(self, command: CommandNumber, payload: bytes) -> str:
        """Return why *command* is refused; empty if it is not."""
        match command:
            case CommandNumber.OPEN_RETURN_PATH:
                self.has_return_path = True
            case CommandNumber.PING:
                return "" if self.has_return_path else "there is no return path"
            case CommandNumber.POSTCOPY_ADVISE:
                if self.is_advised:
                    return "postcopy has been announced before"
                self.is_advised = True
                return "postcopy is off here" if payload else ""
            case CommandNumber.PACKAGED:
                return "" if int.from_bytes(payload) <= _MOST_PACKAGED else "unreasonably large"
            case CommandNumber.RECV_BITMAP:
                return self._why_no_bitmap(payload)
            case CommandNumber.ENABLE_COLO:
                return "COLO is off here"
            case CommandNumber.POSTCOPY_RESUME | CommandNumber.SWITCHOVER_START:
                # A resume that nobody waits for is told, and ignored.
                return ""
            case _:
                return "postcopy has not been begun"
        return ""

    def _why_no_bitmap(self, payload: bytes) -> str:
        name = payload[1:].split(b"\0")[0].decode("latin-1")
        if not payload[1:] or payload[0] != len(payload) - 1:
            return "its length is not that of a name"
        return "" if name in self.blocks else f"there is no block {name!r}"


#: Bytes of a package.  Source: QEMU 7.2 migration/savevm.c, MAX_VM_CMD_PACKAGED_SIZE.
_MOST_PACKAGED = 1 << 24
