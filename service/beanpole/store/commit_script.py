"""The commit in Lua: all of a change is written or none of it.

The keys that it touches depend on what is in it, so beyond the shared ones they travel in ARGV: the state lives on one
primary, not on a cluster.
"""

from beanpole.store.script_parts import CHANGES, HASHES, PIECES, WORDS

# KEYS: due, leased, generation counter, where the answer is remembered if the call may be sent again.
# ARGV: nudge channel, real now, "waited" on the second attempt of a call that was too early, all other values ("words")
# as two arguments: numbers, with the lengths of texts, and the texts joined, because thousands of arguments take longer
# to send than to work on; the milliseconds by which no event is ahead of its clock; the channel of announcements, and
# the accounts of the changes, to be published on it; the set of worlds, to which a world is added with its first event.
# The words are counted sections, as commit.py writes them; worlds, kinds and places of the log are named by their
# numbers, so that no key is sent twice:
#   n worlds: clock key, manual due key, versions key, claims key, chains key, requests key
#   n kinds: number of a world, kind, entities key, generations key
#   n places of the log: number of a world, chain, request id ("" none), the narrowest stream of the request,
#     stream count, streams, the whole log first...
#   n changes, each: number of its world, and
#     n guards:   number of a kind, id, expected generation ("" where the entity must not exist)
#     n holds:    key of a hash, field, value that it must have
#     n moves:    clock after (JSON), its reading after, member, instant at which that is due, "alone" where no other
#                 member may be due by that reading
#     n claims:   name, holder before ("" none), holder after ("" none)
#     n puts:     number of a kind, id, blob ("" deletes)
#     n commands: argument count, arguments...           run as they are
#     n logs:     key of a list, most entries that it keeps, entry count, entries...
#     n dues:     member, instant on the account's clock ("" none), "set" or "wake"
#   n events in order of instant: change number, number of a place of the log, instant, body
# Returns {"early", ms} and writes nothing if an event would be stamped later than its wall clock shows, or is so far
# ahead of a manual one that it cannot be of this world, else {"done", ...}: for each change the generation of its first
# put, 1 if it puts nothing, 0 if it does not hold. To begin a command takes longer than to work on one more field, in
# the embedded Redis ten times as long: so each hash is read once and written once, for all changes together.
_BEGIN = """
local sent = KEYS[4] and redis.call('GET', KEYS[4])
if sent then return cjson.decode(sent) end
local real, waited = tonumber(ARGV[2]), ARGV[3] == 'waited'
"""
COMMIT = (
    f"{_BEGIN}{WORDS}{PIECES}{HASHES}{CHANGES}"
    + """
local worlds, kinds = {}, {}
for w = 1, count() do
  local world = {clock = take(), manual = take(), versions = take(), claims = take(), chains = take(),
                 requests = take(), last = {}, may_share = {}}
  for _, field in ipairs({'mode', 'offset', 'clock'}) do want(world.clock, field) end
  worlds[w] = world
end
for k = 1, count() do
  kinds[k] = {versions = worlds[count()].versions, name = take(), entities = take(), generations = take()}
  want(kinds[k].generations, '')
end
local places = {}
for p = 1, count() do
  local place = {world = worlds[count()], chain = take(), request = take(), stream = take(), streams = {}}
  for s = 1, count() do place.streams[s] = take() end
  want(place.world.chains, '')
  want(place.world.chains, place.chain)
  if place.request ~= '' then want(place.world.requests, place.request) end
  places[p] = place
end

local all_puts = 0
local function read_changes()
  local changes = {}
  for c = 1, count() do
    local world = worlds[count()]
    local change = {world = world, holds = {}, moves = {}, claims = {}, puts = {}, commands = {}, logs = {}, dues = {}}
    for i = 1, count() do
      change.holds[i] = {key = kinds[count()].generations, field = take(), value = take()}
    end
    for _ = 1, count() do
      change.holds[#change.holds + 1] = {key = take(), field = take(), value = take()}
    end
    for _, hold in ipairs(change.holds) do want(hold.key, hold.field) end
    for i = 1, count() do
      change.moves[i] = {after = take(), reading = count(), member = take(), at = count(), alone = take()}
    end
    for i = 1, count() do
      change.claims[i] = {name = take(), before = take(), after = take()}
      want(world.claims, change.claims[i].name)
    end
    for i = 1, count() do change.puts[i] = {kind = kinds[count()], id = take(), blob = take()} end
    all_puts = all_puts + #change.puts
    for i = 1, count() do
      local command = {}
      for a = 1, count() do command[a] = take() end
      change.commands[i] = command
    end
    for i = 1, count() do
      local log = {key = take(), most = count(), entries = {}}
      for e = 1, count() do log.entries[e] = take() end
      change.logs[i] = log
    end
    for i = 1, count() do change.dues[i] = {member = take(), instant = take(), how = take()} end
    changes[c] = change
  end
  return changes
end

local function read_events(changes)
  local events = {}
  for e = 1, count() do
    events[e] = {change = changes[count()], place = places[count()], at = count(), body = take()}
  end
  return events
end

-- The clock of a world, and the last instant of the whole log when the commit began.
local function read_clock(world)
  local mode = get(world.clock, 'mode')
  world.is_wall, world.offset = mode == '' or mode == 'wall', tonumber(get(world.clock, 'offset')) or 0
  world.reading = world.reading or tonumber(string.match(get(world.clock, 'clock'), '"reading":(%d+)'))
  world.floor = hashes[world.chains] and tonumber(get(world.chains, '')) or 0
end

-- Stamp an event; return by how many milliseconds it is ahead of its clock: the stamp of a wall clock, and the event
-- itself of a manual one. An event gets the latest of: its due instant, the log's last instant when the commit began,
-- and one millisecond after the last event of its own chain. On a wall clock that may lie in the future. A chain that
-- was already behind the log, or that has waited once, then reuses the present millisecond instead of waiting again;
-- otherwise other writers could keep it waiting for ever.
local function stamp(event)
  local world, chain, wanted = event.change.world, event.place.chain, event.at
  local last = world.last[chain] or tonumber(get(world.chains, chain)) or 0
  local following, now = last + 1, world.is_wall and real + world.offset
  if now and world.may_share[chain] then
    event.at, following = math.min(event.at, now), math.max(last, math.min(following, now))
  elseif world.may_share[chain] == nil then
    world.may_share[chain] = waited or event.at < world.floor
  end
  event.at = math.max(event.at, world.floor, following)
  world.last[chain] = event.at
  event.ms = whole(event.at)
  if now then return event.at - now end
  return wanted - (world.reading or wanted)
end

-- Sort events as a log holds them: by instant, and those of one instant in the order in which they came.
local function in_order(events)
  for e, event in ipairs(events) do event.turn = e end
  table.sort(events, function(a, b) return a.at < b.at or (a.at == b.at and a.turn < b.turn) end)
end

-- Whether a clock may move: its member is due as it was, and no other one is by then, if it is to be alone. A change
-- that moves a clock comes alone, so the due sets are still as they were.
local function may_move(world, move)
  if tonumber(redis.call('ZSCORE', world.manual, move.member) or '-1') ~= move.at then return false end
  return move.alone == '' or redis.call('ZCOUNT', world.manual, '-inf', move.reading) == 1
end

local function allowed(change)
  for _, hold in ipairs(change.holds) do
    if get(hold.key, hold.field) ~= hold.value then return false end
  end
  for _, claim in ipairs(change.claims) do
    if get(change.world.claims, claim.name) ~= claim.before then return false end
  end
  for _, move in ipairs(change.moves) do
    if not may_move(change.world, move) then return false end
  end
  return true
end

-- A number that no commit was ever given, to this data set or another: a process may have copies of what a Redis held
-- before it was flushed, or before it came back without its last writes. So the counter never stands behind real time
-- in microseconds.
local counter
local function next_generation()
  if not counter then
    counter = real * 1000
    local before = tonumber(redis.call('SET', KEYS[3], whole(counter + all_puts), 'GET') or '0')
    if before > counter then
      counter = before
      redis.call('SET', KEYS[3], whole(counter + all_puts))
    end
  end
  counter = counter + 1
  return whole(counter)
end

local ended = {}  -- members whose lease ends
local due_sets, members = {}, {}  -- by key, the instants of members ('' none), and the members in their order
local earliest  -- real instant of what this commit makes due on wall clocks
local function set_due(world, due)
  local key, instant = world.is_wall and KEYS[1] or world.manual, due.instant
  if world.is_wall and due.how == 'set' then ended[#ended + 1] = due.member end
  if instant == '' and due.how ~= 'set' then return end
  if world.is_wall and instant ~= '' then
    instant = tonumber(instant) - world.offset
    earliest = math.min(earliest or instant, instant)
    instant = whole(instant)
  end
  if not due_sets[key] then due_sets[key], members[key] = {}, {} end
  if not due_sets[key][due.member] then table.insert(members[key], due.member) end
  due_sets[key][due.member] = instant
end
local function write_dues()
  call_all('ZREM', KEYS[2], ended)
  for key, instants in pairs(due_sets) do
    local puts, gone = {}, {}
    for _, member in ipairs(members[key]) do
      if instants[member] == '' then gone[#gone + 1] = member
      else puts[#puts + 1], puts[#puts + 2] = instants[member], member end
    end
    call_all('ZADD', key, puts)
    call_all('ZREM', key, gone)
  end
end

local function write(change)
  local world = change.world
  for _, move in ipairs(change.moves) do set(world.clock, 'clock', move.after) end
  for _, claim in ipairs(change.claims) do set(world.claims, claim.name, claim.after) end
  for _, put in ipairs(change.puts) do
    local generation = next_generation()
    change.generation = change.generation or generation
    set(put.kind.entities, put.id, put.blob)
    set(put.kind.generations, put.id, put.blob == '' and '' or generation)
    set(put.kind.versions, put.kind.name, generation)
    list_change(put.kind.generations, put.id, generation)
  end
  for _, command in ipairs(change.commands) do redis.call(unpack(command)) end
  for _, log in ipairs(change.logs) do
    if call_all('RPUSH', log.key, log.entries) > log.most then redis.call('LTRIM', log.key, -log.most, -1) end
  end
  for _, due in ipairs(change.dues) do set_due(world, due) end
end

-- The span of a request once an event is added to it: first and last millisecond, and the stream that holds all of its
-- events, which is the whole log if they stand in different narrower ones.
local function request_span(event, span)
  local first, stream = event.ms, event.place.stream
  if span ~= '' then
    local began, before = string.match(span, '^(%d+) %d+ (.*)$')
    first = began
    if before ~= stream then stream = event.place.streams[1] end
  end
  return first .. ' ' .. event.ms .. ' ' .. stream
end

local function log(event)
  local world, place = event.change.world, event.place
  if world.floor == 0 then
    redis.call('SADD', ARGV[9], string.match(world.versions, '^(.*)versions$'))
    world.floor = nil
  end
  for _, stream in ipairs(place.streams) do redis.call('XADD', stream, event.ms .. '-*', 'e', event.body) end
  set(world.chains, place.chain, event.ms)
  set(world.chains, '', event.ms)
  if place.request ~= '' then
    set(world.requests, place.request, request_span(event, get(world.requests, place.request)))
  end
end

local changes = read_changes()
local events = read_events(changes)
assert(position == #texts + 1 and not numbers(), 'the words of the commit have another shape than the script')
read_all()
for _, change in ipairs(changes) do
  for _, move in ipairs(change.moves) do change.world.reading = move.reading end
end
for _, world in ipairs(worlds) do read_clock(world) end
local early, waits = 0, false
for _, event in ipairs(events) do
  local ahead = stamp(event)
  early = math.max(early, ahead)
  waits = waits or (ahead > 0 and event.change.world.is_wall)
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
for _, event in ipairs(events) do
  if event.change.ok then log(event) end
end
write_all()
write_dues()
if earliest and redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. whole(earliest)) == 0 then
  redis.call('PUBLISH', ARGV[1], whole(earliest))
end
if is_changed then redis.call('PUBLISH', ARGV[7], ARGV[8]) end
if KEYS[4] then redis.call('SET', KEYS[4], cjson.encode(answer), 'EX', 60) end
return answer
"""
)
