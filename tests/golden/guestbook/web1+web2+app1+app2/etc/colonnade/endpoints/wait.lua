-- managed by colonnade: change colonnade.toml and apply, not this file
-- While a backend has no server, a new connection waits here instead of failing: a promotion takes seconds, and a
-- client that is told "no" at once would have to know how to ask again.
-- 50 ms: short against any promotion, long enough that a hundred waiting connections cost nothing.
local PAUSE = 50

local function wait_for(backend)
    return function(txn)
        while core.backends[backend]:get_srv_act() == 0 do
            core.msleep(PAUSE)
        end
    end
end

core.register_action("wait_for_primary", { "tcp-req" }, wait_for("primary"))
core.register_action("wait_for_cache", { "tcp-req" }, wait_for("cache"))
