"""The commit in Lua: all of a change is written or none of it.

The keys that it touches depend on what is in it, so beyond the shared ones they travel in ARGV: the state lives on one
primary, not on a cluster.
"""

# KEYS: due, leased, generation counter, where the answer is remembered if the call may be sent again.
# ARGV: nudge channel, real now, "waited" on the second attempt of a call that was too early, all other values ("words")
# as two arguments: their lengths, and the words joined, because thousands of arguments take longer to send than to work
# on; the milliseconds by which no event is ahead of its clock; the channel of announcements, and the accounts of the
# changes, to be published on it. The words are counted sections, as commit.py writes them:
#   n changes, each:
#     n guards:   generations key, id, expected generation ("" where the entity must not exist)
#     n moves:    clock key, clock after (JSON), its reading after, manual due key, member, instant at which that is
#                 due, "alone" where no other member may be due by that reading
#     n claims:   claims key (one for all of a change), name, holder before ("" none), holder after ("" none)
#     n puts:     entities key, generations key, versions key, kind, id, blob ("" deletes)
#     n commands: argument count, arguments...           run as they are
#     n dues:     clock key, manual due key, member, instant on the account's clock ("" none), "set" or "wake"
#   n events in order of instant, each:
#     change number, clock key, chains key, chain, instant, requests key, request id ("" none), the narrowest stream of
#     its request, body, stream count, streams, the whole log first...
# Returns {"early", ms} and writes nothing if an event would be stamped later than its wall clock shows, or is so far
# ahead of a manual one that it cannot be of this world, else {"done", ...}: for each change the generation of its first
# put, 1 if it puts nothing, 0 if it does not hold. Calls to Redis are few because the embedded one is slow at each.
COMMIT = """
local sent = KEYS[4] and redis.call('GET', KEYS[4])
if sent then return cjson.decode(sent) end
local real, waited = tonumber(ARGV[2]), ARGV[3] == 'waited'
local lengths, words, position = string.gmatch(ARGV[4], '%d+'), ARGV[5], 1
local function take()
  local start = position
  position = start + tonumber(lengths())
  return string.sub(words, start, position - 1)
end
local function count() return tonumber(take()) end

local function read_changes()
  local changes = {}
  for c = 1, count() do
    local change = {guards = {}, moves = {}, claims = {}, puts = {}, commands = {}, dues = {}}
    for i = 1, count() do change.guards[i] = {key = take(), id = take(), generation = take()} end
    for i = 1, count() do
      change.moves[i] = {clock = take(), after = take(), reading = count(),
                         due = take(), member = take(), at = count(), alone = take()}
    end
    for i = 1, count() do change.claims[i] = {key = take(), name = take(), before = take(), after = take()} end
    for i = 1, count() do
      change.puts[i] = {entities = take(), generations = take(), versions = take(),
                        kind = take(), id = take(), blob = take()}
    end
    for i = 1, count() do
      local command = {}
      for a = 1, count() do command[a] = take() end
      change.commands[i] = command
    end
    for i = 1, count() do
      change.dues[i] = {clock = take(), manual = take(), member = take(), instant = take(), how = take()}
    end
    changes[c] = change
  end
  return changes
end

local function read_events()
  local events = {}
  for e = 1, count() do
    local event = {change = count(), clock = take(), chains = take(), chain = take(), at = count(),
                   requests = take(), request = take(), stream = take(), body = take(), streams = {}}
    for s = 1, count() do event.streams[s] = take() end
    events[e] = event
  end
  return events
end

local modes, offsets, readings = {}, {}, {}
local moved = {}  -- by clock key, the reading to which the commit moves it
local function is_wall(clock)
  if not modes[clock] then
    local found = redis.call('HMGET', clock, 'mode', 'offset', 'clock')
    modes[clock], offsets[clock] = found[1] or 'wall', tonumber(found[2] or '0')
    readings[clock] = moved[clock] or tonumber(string.match(found[3] or '', '"reading":(%d+)'))
  end
  return modes[clock] == 'wall'
end

-- By chains key, the last instant of the whole log when the commit began; by chains key and chain, that of the chain.
local floors, chain_last = {}, {}
local function chain_of(event)
  local chain = event.chains .. '|' .. event.chain
  if not floors[event.chains] or not chain_last[chain] then
    local ends = redis.call('HMGET', event.chains, '', event.chain)
    floors[event.chains] = floors[event.chains] or tonumber(ends[1] or '0')
    chain_last[chain] = chain_last[chain] or tonumber(ends[2] or '0')
  end
  return chain
end

-- Stamp an event; return by how many milliseconds it is ahead of its clock: the stamp of a wall clock, and the event
-- itself of a manual one. An event gets the latest of: its due instant, the log's last instant when the commit began,
-- and one millisecond after the last event of its own chain. On a wall clock that may lie in the future. A chain that
-- was already behind the log, or that has waited once, then reuses the present millisecond instead of waiting again;
-- otherwise other writers could keep it waiting for ever.
local may_share = {}
local function stamp(event)
  local chain, wanted = chain_of(event), event.at
  local following, now = chain_last[chain] + 1, is_wall(event.clock) and real + offsets[event.clock]
  if now and may_share[chain] then
    event.at, following = math.min(event.at, now), math.max(chain_last[chain], math.min(following, now))
  elseif may_share[chain] == nil then
    may_share[chain] = waited or event.at < floors[event.chains]
  end
  event.at = math.max(event.at, floors[event.chains], following)
  chain_last[chain] = event.at
  event.ms = string.format('%.0f', event.at)
  if now then return event.at - now end
  return wanted - (readings[event.clock] or wanted)
end

-- Sort events as a log holds them: by instant, and those of one instant in the order in which they came.
local function in_order(events)
  for e, event in ipairs(events) do event.turn = e end
  table.sort(events, function(a, b) return a.at < b.at or (a.at == b.at and a.turn < b.turn) end)
end

-- Whether a clock may move: its member is due as it was, and no other one is by then, if it is to be alone.
local function may_move(move)
  if tonumber(redis.call('ZSCORE', move.due, move.member) or '-1') ~= move.at then return false end
  return move.alone == '' or redis.call('ZCOUNT', move.due, '-inf', move.reading) == 1
end

local function allowed(change)
  for _, guard in ipairs(change.guards) do
    if (redis.call('HGET', guard.key, guard.id) or '') ~= guard.generation then return false end
  end
  for _, move in ipairs(change.moves) do
    if not may_move(move) then return false end
  end
  if #change.claims > 0 then
    local names = {}
    for i, claim in ipairs(change.claims) do names[i] = claim.name end
    local holders = redis.call('HMGET', change.claims[1].key, unpack(names))
    for i, claim in ipairs(change.claims) do
      if (holders[i] or '') ~= claim.before then return false end
    end
  end
  return true
end

local earliest  -- real instant of what this commit makes due on wall clocks
local function set_due(due)
  local wall, instant = is_wall(due.clock), due.instant
  local key = wall and KEYS[1] or due.manual
  if due.how == 'set' then
    if wall then redis.call('ZREM', KEYS[2], due.member) end
    if instant == '' then redis.call('ZREM', key, due.member) end
  end
  if instant == '' then return end
  if wall then
    instant = tonumber(instant) - offsets[due.clock]
    earliest = math.min(earliest or instant, instant)
    instant = string.format('%.0f', instant)
  end
  redis.call('ZADD', key, instant, due.member)
end

-- A number that no commit was ever given, to this data set or another: a process may have copies of what a Redis held
-- before it was flushed, or before it came back without its last writes. So the counter never stands behind real time
-- in microseconds.
local counter
local function next_generation()
  counter = (counter or math.max(tonumber(redis.call('GET', KEYS[3]) or '0'), real * 1000)) + 1
  return string.format('%.0f', counter)
end

local function write(change)
  for _, move in ipairs(change.moves) do redis.call('HSET', move.clock, 'clock', move.after) end
  local taken = {}
  for _, claim in ipairs(change.claims) do
    if claim.after == '' then redis.call('HDEL', claim.key, claim.name)
    else
      taken[#taken + 1] = claim.name
      taken[#taken + 1] = claim.after
    end
  end
  if #taken > 0 then redis.call('HSET', change.claims[1].key, unpack(taken)) end
  for _, put in ipairs(change.puts) do
    local generation = next_generation()
    change.generation = change.generation or generation
    if put.blob == '' then
      redis.call('HDEL', put.entities, put.id)
      redis.call('HDEL', put.generations, put.id)
    else
      redis.call('HSET', put.entities, put.id, put.blob)
      redis.call('HSET', put.generations, put.id, generation)
    end
    redis.call('HSET', put.versions, put.kind, generation)
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

-- The span of a request once an event is added to it: first and last millisecond, and the stream that holds all of its
-- events, which is the whole log if they stand in different narrower ones.
local function request_span(event, span)
  local first, stream = event.ms, event.stream
  if span then
    local began, before = string.match(span, '^(%d+) %d+ (.*)$')
    first = began
    if before ~= stream then stream = event.streams[1] end
  end
  return first .. ' ' .. event.ms .. ' ' .. stream
end

local changes, events = read_changes(), read_events()
assert(position == #words + 1 and not lengths(), 'the words of the commit have another shape than the script')
for _, change in ipairs(changes) do
  for _, move in ipairs(change.moves) do moved[move.clock] = move.reading end
end
local early, waits = 0, false
for _, event in ipairs(events) do
  local ahead = stamp(event)
  early = math.max(early, ahead)
  waits = waits or (ahead > 0 and is_wall(event.clock))
end
if waits or early > tonumber(ARGV[6]) then return {'early', early} end
in_order(events)

local answer, is_changed = {'done'}, false
for c, change in ipairs(changes) do
  change.ok = allowed(change)
  if change.ok then write(change) end
  is_changed = is_changed or change.ok
  answer[c + 1] = change.ok and (change.generation or 1) or 0
end
if counter then redis.call('SET', KEYS[3], string.format('%.0f', counter)) end
local chain_ends, spans = {}, {}  -- by key of their hash, what is written into it
for _, event in ipairs(events) do
  if changes[event.change].ok then
    for _, stream in ipairs(event.streams) do redis.call('XADD', stream, event.ms .. '-*', 'e', event.body) end
    local ends = chain_ends[event.chains] or {}
    chain_ends[event.chains] = ends
    ends[event.chain], ends[''] = event.ms, event.ms
    if event.request ~= '' then
      local requests = spans[event.requests] or {}
      spans[event.requests] = requests
      local span = requests[event.request] or redis.call('HGET', event.requests, event.request)
      requests[event.request] = request_span(event, span)
    end
  end
end
for key, ends in pairs(chain_ends) do set_all(key, ends) end
for key, requests in pairs(spans) do set_all(key, requests) end
if earliest then
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
  if first and earliest <= tonumber(first) then redis.call('PUBLISH', ARGV[1], first) end
end
if is_changed then redis.call('PUBLISH', ARGV[7], ARGV[8]) end
if KEYS[4] then redis.call('SET', KEYS[4], cjson.encode(answer), 'EX', 60) end
return answer
"""
