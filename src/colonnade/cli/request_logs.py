"""`colonnade logs --request ID`: the hops of one request, then what applications wrote down about it."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime, timedelta

from colonnade.cli.log_text import Writer, as_document
from colonnade.cli.session import Session, print_json, say
from colonnade.cli.trace import hop_line
from colonnade.errors import Exit, UserError
from colonnade.observe.request import found
from colonnade.remote.fleet import open_fleet

# A whole journal takes long to search.
BACK = timedelta(hours=1)


async def show(session: Session, request: str, since: float | None, output: str, write: Writer) -> None:
    if not re.fullmatch(r"[0-9A-Za-z-]{8,64}", request):
        hint = "the site answers each request with one in its header X-Request-ID"
        raise UserError("--request", f"{request!r} is no request's id", hint, exit_code=Exit.USAGE)
    begin = since if since is not None else (datetime.now() - BACK).timestamp()
    async with open_fleet(session.site.servers, session.site.access) as fleet:
        for error in fleet.failures.values():
            say(f"{error.where}: {error.problem}")
        seen = await found(session.site, fleet, request, begin)
    if not seen.hops and not seen.lines:
        raise UserError(request, "no server knows of it", "balancers remember some 45,000 requests; --since looks back")
    if output == "json":
        lines = [as_document(line) for line in seen.lines]
        print_json({"version": 1, "request": request, "hops": [asdict(hop) for hop in seen.hops], "lines": lines})
        return
    for hop in seen.hops:
        print(hop_line(hop))
    for line in seen.lines:
        write(line)
