-- Count in windows that begin with what is counted first and end so many milliseconds later.
--
-- KEYS  one for each window: a hash with one field a window, named by its length (ms), holding "used ends" (ends: ms
--       of Redis' clock). Windows of one subject share the key, which takes a third of the memory of three keys.
-- ARGV  1 take | give_back | add, then for each window, in the order of KEYS:
--       take       length, limit          count 1 in all windows, or in none when one of them is full
--       give_back  length, ends           take 1 back, unless that window has ended since
--       add        length, amount, known, rest
--                  count what was counted elsewhere; a window that Redis does not know (any more) begins with what is
--                  known of it and lasts for the rest (ms)
-- Returns {now (ms), number of the window that refused or 0, used, ends, used, ends, …}; of several full windows the
-- one that ends last refuses.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local operation = ARGV[1]
local stride = operation == 'add' and 4 or 2
local used, ends, refused = {}, {}, 0

local function argument(index, number)
  return tonumber(ARGV[1 + (index - 1) * stride + number])
end

local function read(index)
  local length = argument(index, 1)
  local known = redis.call('HGET', KEYS[index], ARGV[2 + (index - 1) * stride])
  local count, last = string.match(known or '', '^(%d+) (%d+)$')
  last = tonumber(last)
  -- A clock that went back leaves windows that would last longer than any.
  if not last or last <= now or last > now + length then
    return 0, nil
  end
  return tonumber(count), last
end

local function write(index)
  local key = KEYS[index]
  redis.call('HSET', key, ARGV[2 + (index - 1) * stride], string.format('%.0f %.0f', used[index], ends[index]))
  if redis.call('PEXPIRETIME', key) < ends[index] then
    redis.call('PEXPIREAT', key, string.format('%.0f', ends[index]))
  end
end

for index = 1, #KEYS do
  used[index], ends[index] = read(index)
  local last = ends[index]
  if operation == 'take' and last and used[index] >= argument(index, 2) then
    if refused == 0 or last > ends[refused] then
      refused = index
    end
  end
end

for index = 1, #KEYS do
  if operation == 'take' and refused == 0 then
    used[index], ends[index] = used[index] + 1, ends[index] or now + argument(index, 1)
    write(index)
  elseif operation == 'give_back' and ends[index] == argument(index, 2) then
    used[index] = math.max(used[index] - 1, 0)
    write(index)
  elseif operation == 'add' then
    if ends[index] then
      used[index] = math.max(used[index] + argument(index, 2), 0)
    else
      used[index], ends[index] = math.max(argument(index, 3), 0), now + argument(index, 4)
    end
    write(index)
  end
end

local answer = {now, refused}
for index = 1, #KEYS do
  answer[#answer + 1] = used[index]
  answer[#answer + 1] = ends[index] or 0
end
return answer
