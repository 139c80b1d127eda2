"""Patroni's two configurations: the one in etcd (the cluster's) and the one on the server."""

from __future__ import annotations

import json
from typing import Any

from colonnade.components.patroni.options import PatroniOptions
from colonnade.components.patroni.tuning import cluster_parameters, server_parameters
from colonnade.components.rendering import as_yaml
from colonnade.model.layout import Certificate, Layout
from colonnade.model.site import Role, Server, host_port
from colonnade.model.sizing import database_connections

REST_PORT = 8008
POSTGRES_PORT = 5432
ETCD_PORT = 2379
VERSION = 17
# A replica that was away for less finds all the WAL it lacks.
SLOTS_TTL = "30min"
DATA = f"/var/lib/postgresql/{VERSION}/colonnade"
BIN = f"/usr/lib/postgresql/{VERSION}/bin"
SOCKETS = "/var/run/postgresql"
BEFORE_STOP = "/etc/colonnade/patroni/before-stop"
SYNCHRONOUS_MODE = {"none": False, "sync": True, "quorum": "quorum"}


def dynamic(layout: Layout) -> dict[str, Any]:
    """The cluster's configuration, kept in etcd. Sources: reliability notes in docs/decisions/0004-patroni.md."""
    options = layout.site.option(PatroniOptions)
    replicas = len(layout.having(Role.DB)) - 1
    return {
        "ttl": 20,
        "loop_wait": 1,
        "retry_timeout": 5,
        "primary_start_timeout": 0,
        "primary_stop_timeout": 20,
        "maximum_lag_on_failover": 16 << 20,
        "synchronous_mode": SYNCHRONOUS_MODE[options.durability] if replicas else False,
        # Strict refuses writes when no standby is left; with a single replica it would turn one loss into an outage.
        "synchronous_mode_strict": options.durability != "none" and replicas >= 2,
        "synchronous_node_count": 1,
        "failsafe_mode": True,
        "check_timeline": True,
        "member_slots_ttl": SLOTS_TTL,
        "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": cluster_parameters(layout)},
    }


def dynamic_json(layout: Layout) -> str:
    return json.dumps(dynamic(layout), indent=2, sort_keys=True) + "\n"


def local(layout: Layout, server: Server) -> str:
    """`/etc/patroni/config.yml` of one server."""
    certificate = layout.certificate("patroni", server)
    tree = {
        "scope": layout.site.name,
        "name": server.name,
        "restapi": _rest(server, certificate),
        "ctl": {
            "certfile": certificate.certificate_path,
            "keyfile": certificate.key_path,
            "cacert": certificate.ca_path,
        },
        "etcd3": _etcd(layout, certificate),
        "bootstrap": {
            "dcs": dynamic(layout),
            "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"],
        },
        "postgresql": _postgresql(layout, server, certificate),
        "log": {"level": "INFO"},
        # A new replica copies the data of another replica, and the primary's only where there is none.
        "tags": {"clonefrom": True},
    }
    return as_yaml(tree)


def _rest(server: Server, certificate: Certificate) -> dict[str, Any]:
    return {
        "listen": host_port(server.address, REST_PORT),
        "connect_address": host_port(server.address, REST_PORT),
        "certfile": certificate.certificate_path,
        "keyfile": certificate.key_path,
        "cafile": certificate.ca_path,
        # Balancers only read; whatever changes the cluster needs a certificate of the site's CA.
        "verify_client": "optional",
    }


def _etcd(layout: Layout, certificate: Certificate) -> dict[str, Any]:
    return {
        "hosts": [host_port(member.address, ETCD_PORT) for member in layout.having(Role.ETCD)],
        "protocol": "https",
        "cacert": certificate.ca_path,
        "cert": certificate.certificate_path,
        "key": certificate.key_path,
    }


def _postgresql(layout: Layout, server: Server, certificate: Certificate) -> dict[str, Any]:
    vault = layout.vault
    tuned = server_parameters(layout.size(server), layout.site.option(PatroniOptions), database_connections(layout))
    return {
        "listen": f"{server.address},127.0.0.1:{POSTGRES_PORT}",
        "connect_address": host_port(server.address, POSTGRES_PORT),
        "use_unix_socket": True,
        "use_unix_socket_repl": True,
        "data_dir": DATA,
        "bin_dir": BIN,
        "before_stop": BEFORE_STOP,
        "pgpass": "/var/lib/postgresql/.pgpass_patroni",
        "authentication": {
            "superuser": {"username": "postgres"},
            "replication": _login("replicator", vault.password("postgres/replicator"), certificate),
            "rewind": _login("rewind", vault.password("postgres/rewind"), certificate),
        },
        # A new replica would otherwise wait for the primary's next checkpoint, up to a quarter of an hour.
        "basebackup": [{"checkpoint": "fast"}],
        "parameters": _parameters(certificate) | tuned,
        "pg_hba": pg_hba(layout),
    }


def _login(user: str, password: str, certificate: Certificate) -> dict[str, str]:
    return {
        "username": user,
        "password": password,
        "sslmode": "verify-ca",
        "sslrootcert": certificate.ca_path,
        "sslcert": certificate.certificate_path,
        "sslkey": certificate.key_path,
    }


def _parameters(certificate: Certificate) -> dict[str, Any]:
    return {
        "unix_socket_directories": SOCKETS,
        "ssl": "on",
        "ssl_cert_file": certificate.certificate_path,
        "ssl_key_file": certificate.key_path,
        "ssl_ca_file": certificate.ca_path,
        "ssl_min_protocol_version": "TLSv1.3",
        "password_encryption": "scram-sha-256",
        "synchronous_commit": "on",
        # A dead peer is noticed in seconds, not in the kernel's two hours.
        "wal_sender_timeout": "5s",
        "wal_receiver_timeout": "5s",
        "wal_receiver_status_interval": "1s",
        # At a promotion the stream ends, and begins anew on the next timeline after this pause, 5 s unless set: until
        # then no standby acknowledges a commit.
        "wal_retrieve_retry_interval": "100ms",
        "tcp_keepalives_idle": 5,
        "tcp_keepalives_interval": 1,
        "tcp_keepalives_count": 3,
        "max_slot_wal_keep_size": "4GB",
        "hot_standby_feedback": "on",
        "log_checkpoints": "off",
        "log_line_prefix": "[%p] %q%u@%d ",
        "log_destination": "stderr",
        "logging_collector": "off",
        "cluster_name": "colonnade",
    }


def pg_hba(layout: Layout) -> list[str]:
    """Who may log in: peers by certificate and password, each app to its own database from the app servers."""
    # A replica asks its own server for its timeline over a replication connection.
    lines = ["local all postgres peer", "local postgres prometheus peer"]
    lines += ["local replication replicator scram-sha-256", "local all all reject"]
    for peer in layout.having(Role.DB):
        lines.append(f"hostssl replication replicator {_host(peer)} scram-sha-256 clientcert=verify-ca")
        lines.append(f"hostssl postgres rewind {_host(peer)} scram-sha-256 clientcert=verify-ca")
    for app in layout.site.apps:
        lines += [f"hostssl {app.name} {app.name} {_host(server)} scram-sha-256" for server in layout.having(Role.APP)]
    # On a server with every role the endpoint reaches its own PostgreSQL by the server's address, listed above.
    return lines


def _host(server: Server) -> str:
    return f"{server.address}/{128 if ':' in server.address else 32}"
