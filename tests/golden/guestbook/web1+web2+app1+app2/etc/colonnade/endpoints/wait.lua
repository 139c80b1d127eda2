-- managed by colonnade: change colonnade.toml and apply, not this file
-- While a backend has no server that takes connections, a new one waits here instead of failing: a promotion takes
-- seconds, and PgBouncer answers every client with an error once a login to the server has failed.
-- 50 ms: short against any promotion, long enough that a hundred waiting connections cost nothing.
local PAUSE = 50
-- A server that is well answers in a few milliseconds: within the first tenth of a second it is looked for that often.
local GLANCE, SOON = 2, 0.1
-- Seconds for a server that is said to be well to accept: a lost one says nothing at all.
local PATIENCE = 1

-- PostgreSQL's startup message, version 3.0, without TLS: a server that takes logins turns it down for that (28000), one
-- that starts or stops says so (57P03). PgBouncer would pass the latter on to every client that waits.
local STARTUP = string.pack(">I4", 196608) .. "user\0endpoint_check\0database\0postgres\0\0"

-- A health check is up to half a second old; the server itself is asked before the client's connection is risked.
local function connected(server)
    local host, port = server:get_addr():match("^(.*):(%d+)$")
    local socket = core.tcp()
    socket:settimeout(PATIENCE)
    if socket:connect(host, tonumber(port)) then
        return socket
    end
    socket:close()
end

local function accepts(server)
    local socket = connected(server)
    if socket then
        socket:close()
    end
    return socket ~= nil
end

local function takes_logins(server)
    local socket = connected(server)
    if not socket then
        return false
    end
    socket:send(string.pack(">I4", #STARTUP + 4) .. STARTUP)
    local head = socket:receive(5)
    local body = head and socket:receive(string.unpack(">I4", head, 2) - 4)
    socket:close()
    return body ~= nil and not body:find("57P0", 1, true)
end

-- Each server is asked by a task of its own, once at a time. HAProxy tries a refused connection again three times, a second
-- apart: whoever waits must not stand behind a dead primary while another one is there already.
local asking, answered = {}, {}

local function now()
    local time = core.now()
    return time.sec + time.usec / 1000000
end

local function ask(server, well)
    local address = server:get_addr()
    if asking[address] then
        return
    end
    asking[address] = true
    core.register_task(function()
        local fine, answer = pcall(well, server)
        asking[address] = nil
        if fine and answer then
            answered[address] = now()
        end
    end)
end

local function ready(backend, well, since)
    for _, server in pairs(core.backends[backend].servers) do
        if server:get_stats()["status"]:find("^UP") then
            if (answered[server:get_addr()] or 0) >= since then
                return true
            end
            ask(server, well)
        end
    end
    return false
end

-- Up to so many seconds; then the connection fails as without this script.
local function wait_for(backend, well, limit)
    return function(txn)
        local since = now()
        while now() - since < limit and not ready(backend, well, since) do
            core.msleep(now() - since < SOON and GLANCE or PAUSE)
        end
    end
end

-- A second less than the frontends' inspect-delay: after that HAProxy lets no script wait, and logs an alert for each.
core.register_action("wait_for_primary", { "tcp-req" }, wait_for("primary", takes_logins, 54))
core.register_action("wait_for_cache", { "tcp-req" }, wait_for("cache", accepts, 14))
