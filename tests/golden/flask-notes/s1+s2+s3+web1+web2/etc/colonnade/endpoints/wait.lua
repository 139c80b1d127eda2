-- managed by colonnade: change colonnade.toml and apply, not this file
-- While a backend has no server that takes connections, a new one waits here instead of failing: a promotion takes
-- seconds, and PgBouncer answers every client with an error once a login to the server has failed.
-- 50 ms: short against any promotion, long enough that a hundred waiting connections cost nothing.
local PAUSE = 50
-- Seconds for a server that is said to be well to accept: a lost one says nothing at all.
local PATIENCE = 1

-- A health check is up to half a second old; the server itself is asked before the client's connection is risked.
local function accepts(server)
    local host, port = server:get_addr():match("^(.*):(%d+)$")
    local socket = core.tcp()
    socket:settimeout(PATIENCE)
    local connected = socket:connect(host, tonumber(port))
    socket:close()
    return connected ~= nil
end

local function ready(backend)
    for _, server in pairs(core.backends[backend].servers) do
        if server:get_stats()["status"]:find("^UP") and accepts(server) then
            return true
        end
    end
    return false
end

local function wait_for(backend)
    return function(txn)
        while not ready(backend) do
            core.msleep(PAUSE)
        end
    end
end

core.register_action("wait_for_primary", { "tcp-req" }, wait_for("primary"))
core.register_action("wait_for_cache", { "tcp-req" }, wait_for("cache"))
