"""What can be done to any daemon that systemd runs: killed, frozen, stopped, short of memory."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.model.fault import Fault


@dataclass(frozen=True, slots=True)
class Daemon:
    """One unit on one server."""

    component: str
    unit: str
    server: str
    suffix: str = ""
    """Of its faults' names, where the component has another daemon whose faults have none: `-sentinel`."""

    @property
    def runs(self) -> str:
        return f"systemctl is-active --quiet {self.unit} || {{ echo {self.unit} does not run; false; }}"

    @property
    def start(self) -> str:
        """Does not wait: a member of a cluster is started once enough of the others are. A unit with an unmet condition
        stays as it was."""
        return f"systemctl reset-failed {self.unit} 2>/dev/null; systemctl start --no-block {self.unit}"

    def unless_gone(self, command: str) -> str:
        """In whatever state a reload or a restart has brought the unit meanwhile; one that is gone is no failure."""
        return f"case $(systemctl show -P ActiveState {self.unit}) in inactive|failed) ;; *) {command} ;; esac"

    @property
    def resume(self) -> str:
        return self.unless_gone(signal("CONT", "all", self.unit))


def usual(daemon: Daemon) -> tuple[Fault, ...]:
    """Of a daemon whose main process serves."""
    return killed(daemon), frozen(daemon), stopped(daemon)


def killed(daemon: Daemon, *, safe: bool = True) -> Fault:
    text = f"SIGKILL to the main process of {daemon.unit}"
    return _fault(daemon, "kill", text, signal("KILL", "main", daemon.unit), daemon.start, safe)


def workers_killed(daemon: Daemon) -> Fault:
    """For a daemon whose main process only watches over those that serve."""
    main = f"main=$(systemctl show -P MainPID {daemon.unit})"
    inject = f"{main}; kill -KILL $(cat /proc/$main/task/$main/children)"
    return _fault(daemon, "kill", f"SIGKILL to the workers of {daemon.unit}", inject, daemon.start, safe=True)


def frozen(daemon: Daemon, *, safe: bool = True) -> Fault:
    text = f"SIGSTOP to every process of {daemon.unit}"
    return _fault(daemon, "freeze", text, signal("STOP", "all", daemon.unit), daemon.resume, safe)


def stopped(daemon: Daemon) -> Fault:
    text = f"{daemon.unit} is stopped, as by hand"
    return _fault(daemon, "stop", text, f"systemctl stop --no-block {daemon.unit}", daemon.start, safe=True)


def squeezed(daemon: Daemon) -> Fault:
    """MemoryHigh slows a daemon down and takes its cache; unlike MemoryMax it kills nothing."""
    used = f"$(systemctl show -P MemoryCurrent {daemon.unit})"
    limit = f"systemctl set-property --runtime {daemon.unit} MemoryHigh="
    known = f"[ {used} -gt 0 ] 2>/dev/null || {{ echo 'systemd has no memory controller here'; false; }}"
    return Fault(
        daemon.component,
        f"squeeze-memory{daemon.suffix}",
        daemon.server,
        f"{daemon.unit} may keep a quarter of the memory that it has now",
        inject=f"{limit}$(({used} / 4))",
        undo=f"{limit}infinity",
        needs=known,
        stops=False,
    )


def signal(name: str, whom: str, unit: str) -> str:
    return f"systemctl kill -s {name} --kill-whom={whom} {unit}"


def _fault(daemon: Daemon, name: str, text: str, inject: str, undo: str, safe: bool) -> Fault:
    return Fault(daemon.component, name + daemon.suffix, daemon.server, text, inject, undo, daemon.runs, safe=safe)
