"""The commit in Lua: all of a change is written or none of it.

The keys that it touches depend on what is in it, so beyond the shared ones they travel in ARGV: the state lives on one
primary, not on a cluster.
"""

# KEYS: due, leased, generation counter.
# ARGV: nudge channel, real now, "waited" of who was early before, and many words as two: their lengths, and all of them
# together, because thousands of arguments take longer to send than to work on. The words are counted sections (see
# commit.py, which writes them):
#   n changes, each:
#     n guards:   generations key, id, expected generation ("" where the entity must not exist)
#     n claims:   claims key (one for all of a change), name, holder before ("" nobody), holder after ("" nobody)
#     n puts:     entities key, generations key, versions key, kind, id, blob ("" deletes)
#     n commands: argument count, arguments...           run as they are
#     n dues:     clock key, manual due key, member, instant on the account's clock ("" none), "set" or "wake"
#   n events in order of instant, each:
#     change number, clock key, chains key, chain, instant, requests key, request id ("" none), the stream that its
#     events are found in, body, stream count, streams, the whole log first...
# Returns {"early", ms} and writes nothing if an event would be stamped later than its wall clock shows, else
# {"done", ...}: for each change the generation of its first put, 1 if it puts nothing, 0 if it does not hold. Calls are
# few because the embedded Redis takes its time over each.
COMMIT = """
local real, waited = tonumber(ARGV[2]), ARGV[3] == 'waited'
local lengths, words, place = string.gmatch(ARGV[4], '%d+'), ARGV[5], 1
local function take()
  local start = place
  place = start + tonumber(lengths())
  return string.sub(words, start, place - 1)
end
local function count() return tonumber(take()) end

local function read_changes()
  local changes = {}
  for c = 1, count() do
    local change = {guards = {}, claims = {}, puts = {}, commands = {}, dues = {}}
    for i = 1, count() do change.guards[i] = {take(), take(), take()} end
    for i = 1, count() do change.claims[i] = {take(), take(), take(), take()} end
    for i = 1, count() do change.puts[i] = {take(), take(), take(), take(), take(), take()} end
    for i = 1, count() do
      local command = {}
      for a = 1, count() do command[a] = take() end
      change.commands[i] = command
    end
    for i = 1, count() do change.dues[i] = {take(), take(), take(), take(), take()} end
    changes[c] = change
  end
  return changes
end

local function read_events()
  local events = {}
  for e = 1, count() do
    local event = {change = count(), clock = take(), chains = take(), chain = take(), at = count(),
                   requests = take(), request = take(), place = take(), body = take(), streams = {}}
    for s = 1, count() do event.streams[s] = take() end
    events[e] = event
  end
  return events
end

local modes, offsets = {}, {}
local function is_wall(clock)
  if not modes[clock] then
    local found = redis.call('HMGET', clock, 'mode', 'offset')
    modes[clock], offsets[clock] = found[1] or 'wall', tonumber(found[2] or '0')
  end
  return modes[clock] == 'wall'
end

local floors, last = {}, {}
local function last_of(chains, chain)
  local own = chains .. '|' .. chain
  if not floors[chains] or not last[own] then
    local found = redis.call('HMGET', chains, '', chain)
    floors[chains] = floors[chains] or tonumber(found[1] or '0')
    last[own] = last[own] or tonumber(found[2] or '0')
  end
  return own
end

-- Never before what the log held, and always after the chain's last. Chains do not wait for each other, so many stories
-- that are late share the same milliseconds. One that is behind the log, or has waited once, would rather share the
-- present one with itself than wait: others may go on pushing the end of the log to where the clock is.
local hurried = {}
local function stamp(event)
  local own = last_of(event.chains, event.chain)
  local following, now = last[own] + 1, is_wall(event.clock) and real + offsets[event.clock]
  if now and hurried[own] then
    event.at, following = math.min(event.at, now), math.max(last[own], math.min(following, now))
  elseif hurried[own] == nil then
    hurried[own] = waited or event.at < floors[event.chains]
  end
  event.at = math.max(event.at, floors[event.chains], following)
  last[own] = event.at
  event.ms = string.format('%.0f', event.at)
  return now and event.at - now or 0
end

-- As a log holds them: by instant; at one instant in the order they came.
local function in_order(events)
  for e, event in ipairs(events) do event.turn = e end
  table.sort(events, function(a, b) return a.at < b.at or (a.at == b.at and a.turn < b.turn) end)
end

local function allowed(change)
  for _, guard in ipairs(change.guards) do
    if (redis.call('HGET', guard[1], guard[2]) or '') ~= guard[3] then return false end
  end
  if #change.claims > 0 then
    local names = {}
    for i, claim in ipairs(change.claims) do names[i] = claim[2] end
    local holders = redis.call('HMGET', change.claims[1][1], unpack(names))
    for i, claim in ipairs(change.claims) do
      if (holders[i] or '') ~= claim[3] then return false end
    end
  end
  return true
end

local earliest
local function set_due(due)
  local clock, manual, member, instant = due[1], due[2], due[3], due[4]
  local wall = is_wall(clock)
  local key = wall and KEYS[1] or manual
  if due[5] == 'set' then
    if wall then redis.call('ZREM', KEYS[2], member) end
    if instant == '' then redis.call('ZREM', key, member) end
  end
  if instant == '' then return end
  if wall then
    instant = tonumber(instant) - offsets[clock]
    earliest = math.min(earliest or instant, instant)
    instant = string.format('%.0f', instant)
  end
  redis.call('ZADD', key, instant, member)
end

local function write(change)
  local taken = {}
  for _, claim in ipairs(change.claims) do
    if claim[4] == '' then redis.call('HDEL', claim[1], claim[2])
    else
      taken[#taken + 1] = claim[2]
      taken[#taken + 1] = claim[4]
    end
  end
  if #taken > 0 then redis.call('HSET', change.claims[1][1], unpack(taken)) end
  for _, put in ipairs(change.puts) do
    local generation = redis.call('INCR', KEYS[3])
    change.generation = change.generation or generation
    if put[6] == '' then
      redis.call('HDEL', put[1], put[5])
      redis.call('HDEL', put[2], put[5])
    else
      redis.call('HSET', put[1], put[5], put[6])
      redis.call('HSET', put[2], put[5], generation)
    end
    redis.call('HSET', put[3], put[4], generation)
  end
  for _, command in ipairs(change.commands) do redis.call(unpack(command)) end
  for _, due in ipairs(change.dues) do set_due(due) end
end

local function set_all(key, values)
  local pairs_of = {}
  for field, value in pairs(values) do
    pairs_of[#pairs_of + 1], pairs_of[#pairs_of + 2] = field, value
    if #pairs_of >= 200 then
      redis.call('HSET', key, unpack(pairs_of))
      pairs_of = {}
    end
  end
  if #pairs_of > 0 then redis.call('HSET', key, unpack(pairs_of)) end
end

-- Where a request's events stand: in one stream, or somewhere in the whole log.
local function found_in(event, entry)
  local first, place = event.ms, event.place
  if entry then
    local began, stream = string.match(entry, '^(%d+) %d+ (.*)$')
    first = began
    if stream ~= place then place = event.streams[1] end
  end
  return first .. ' ' .. event.ms .. ' ' .. place
end

local changes, events = read_changes(), read_events()
local early = 0
for _, event in ipairs(events) do early = math.max(early, stamp(event)) end
if early > 0 then return {'early', early} end
in_order(events)

local answer = {'done'}
for c, change in ipairs(changes) do
  change.ok = allowed(change)
  if change.ok then write(change) end
  answer[c + 1] = change.ok and (change.generation or 1) or 0
end
local told, found = {}, {}
for _, event in ipairs(events) do
  if changes[event.change].ok then
    for _, stream in ipairs(event.streams) do redis.call('XADD', stream, event.ms .. '-*', 'e', event.body) end
    told[event.chains] = told[event.chains] or {}
    told[event.chains][event.chain], told[event.chains][''] = event.ms, event.ms
    if event.request ~= '' then
      found[event.requests] = found[event.requests] or {}
      local entries = found[event.requests]
      local entry = entries[event.request] or redis.call('HGET', event.requests, event.request)
      entries[event.request] = found_in(event, entry)
    end
  end
end
for chains, lasts in pairs(told) do set_all(chains, lasts) end
for requests, entries in pairs(found) do set_all(requests, entries) end
if earliest then
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
  if earliest <= tonumber(first) then redis.call('PUBLISH', ARGV[1], first) end
end
return answer
"""
