"""What a process of an application may do on a server: the same for its workers, its jobs and commands by hand."""

from __future__ import annotations

from colonnade.model.app import App

RELEASES = "/srv/colonnade"
# After the commands of the app's own packages.
PATH = "/usr/local/bin:/usr/bin:/bin"

# As systemd.exec(5) has them; an application needs its own files, the network and nothing else.
SANDBOX = (
    "ProtectSystem=strict",
    "ProtectHome=true",
    "PrivateTmp=true",
    "PrivateDevices=true",
    "NoNewPrivileges=true",
    "CapabilityBoundingSet=",
    "ProtectKernelTunables=true",
    "ProtectKernelModules=true",
    "ProtectKernelLogs=true",
    "ProtectControlGroups=true",
    "ProtectClock=true",
    "ProtectHostname=true",
    "ProtectProc=invisible",
    "RestrictNamespaces=true",
    "RestrictRealtime=true",
    "RestrictSUIDSGID=true",
    "LockPersonality=true",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallErrorNumber=EPERM",
)


def root(app: App) -> str:
    """The app's folder on its servers: `releases/` and the link `current`."""
    return f"{RELEASES}/{app.name}"


def environment_path(app: App) -> str:
    """The file with everything secret; only root reads it, systemd among others."""
    return f"/etc/colonnade/apps/{app.name}.env"


def one_off(app: App, unit: str, release: str) -> tuple[str, ...]:
    """Properties of a transient unit in the environment of a release, a path like `releases/4f0c…` or `current`."""
    place = f"{root(app)}/{release}"
    return (
        f"User=app-{app.name}",
        f"Group=app-{app.name}",
        "SupplementaryGroups=colonnade-app",
        f"WorkingDirectory={place}/app",
        f"Environment=PYTHONPATH={place}/app:{place}/site PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1",
        f"Environment=HOME=/run/{unit} PATH={place}/site/bin:{PATH}",
        f"RuntimeDirectory={unit}",
        f"EnvironmentFile={environment_path(app)}",
        f"EnvironmentFile=-{place}/release.env",
        f"TimeoutStopSec={app.drain}",
        *SANDBOX,
    )
