-- Grant one request to the SEC, or say how long to wait for the next chance.
--
-- KEYS  1 list of the newest grants (µs)   2 pause          3 clients with user work waiting
--       4 clients with background work     5 the newest background grant (µs)
-- ARGV  1 grants a second   2 user | background   3 client   4 further waiters of this class in this client
--       5 pause that this client knows of (ms)
-- Returns {1 when granted, time (µs), wait (µs), rest of the pause (ms)}.
local SECOND, GRACE = 1000000, 250000
local clock = redis.call('TIME')
local now = clock[1] * SECOND + clock[2]
local rate, class, client = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local slot = SECOND / rate

local function text(number)
  return string.format('%.0f', number)
end

-- A pause outlives a Redis that forgot it, as long as one client remembers.
local pause = redis.call('PTTL', KEYS[2])
local known = tonumber(ARGV[5])
if known > 0 and known > pause then
  redis.call('SET', KEYS[2], 1, 'PX', known)
  pause = known
end
if pause > 0 then
  return {0, now, 0, pause}
end

-- Nothing remembered, or a clock that went back: assume that a full second's grants were given just now.
local newest = tonumber(redis.call('LINDEX', KEYS[1], 0))
if not newest or newest > now then
  redis.call('DEL', KEYS[1])
  for _ = 1, rate do
    redis.call('RPUSH', KEYS[1], text(now))
  end
  newest = now
end
-- The grant that must be out of the window bounds the rate; the spacing only smooths it. It is a quarter shorter than
-- a slot, so that clients that wake late make it up: on a busy machine, 20 ms late, 7.4 a second became 7.8.
local leaving = tonumber(redis.call('LINDEX', KEYS[1], rate - 1)) or 0
local open = math.max(newest + slot * 0.75, leaving + SECOND + 1)

-- User work goes first, but background work that waits gets at least one grant a second (one in four at low rates):
-- its turn comes well before, since a third of a second may pass between the eighth grant and the next.
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
local own, other = KEYS[4], KEYS[3]
if class == 'user' then
  own, other = other, own
end
local background = tonumber(redis.call('GET', KEYS[5])) or 0
local due = now >= background + 0.6 * math.max(SECOND, 4 * slot)
local yields = (class == 'user') == due and redis.call('ZCARD', other) > 0

if now < open or yields then
  local wait = math.ceil(math.max(open - now, yields and slot / 8 or 0))
  redis.call('ZADD', own, text(now + wait + GRACE), client)
  return {0, now, wait, 0}
end
redis.call('LPUSH', KEYS[1], text(now))
redis.call('LTRIM', KEYS[1], 0, rate - 1)
if class ~= 'user' then
  redis.call('SET', KEYS[5], text(now))
end
if ARGV[4] == '0' then
  redis.call('ZREM', own, client)
else
  redis.call('ZADD', own, text(now + slot + GRACE), client)
end
return {1, now, 0, 0}
