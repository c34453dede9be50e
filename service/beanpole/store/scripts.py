"""The Lua scripts besides the commit: the other atomic writes."""

from beanpole.store.script_parts import PIECES

# KEYS: due, leased. ARGV: real now, most members to take, end of their lease.
# Members whose lease ran out are due again; due members are leased. Returns {members, next instant or ""}.
POP = (
    PIECES
    + """
local now, most = ARGV[1], ARGV[2]
local function pass(from, to, members, instant)
  local pairs_of = {}
  for i, member in ipairs(members) do pairs_of[2 * i - 1], pairs_of[2 * i] = instant, member end
  call_all('ZREM', from, members)
  call_all('ZADD', to, pairs_of)
end
pass(KEYS[2], KEYS[1], redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now), now)
local members = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, most)
pass(KEYS[1], KEYS[2], members, ARGV[3])
local due = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
local leased = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
local following = due
if leased and (not due or tonumber(leased) < tonumber(due)) then following = leased end
return {members, following or ''}
"""
)

# KEYS: leased. ARGV: end of the lease, members... A lease that has ended is not renewed.
RENEW = """
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', ARGV[1], ARGV[i]) end
return 1
"""

# KEYS: the account's clock, due, leased, the account's manual due.
# ARGV: clock (JSON), mode, offset, "account|", nudge, the clock it was made from (JSON), channel of announcements,
# account.
# Members due by the old clock are due by the new one, at the same instant of the account. Returns 1; or 0, and does
# nothing, if the clock was set meanwhile.
SET_CLOCK = """
if (redis.call('HGET', KEYS[1], 'clock') or ARGV[6]) ~= ARGV[6] then return 0 end
local was = redis.call('HGET', KEYS[1], 'mode') or ARGV[2]
local offset = tonumber(redis.call('HGET', KEYS[1], 'offset') or '0')
redis.call('HSET', KEYS[1], 'clock', ARGV[1], 'mode', ARGV[2], 'offset', ARGV[3])
local instants = {}
if was == 'manual' then
  local found = redis.call('ZRANGE', KEYS[4], 0, -1, 'WITHSCORES')
  for i = 1, #found, 2 do instants[found[i]] = tonumber(found[i + 1]) end
  redis.call('DEL', KEYS[4])
else
  for _, key in ipairs({KEYS[2], KEYS[3]}) do
    local found = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    for i = 1, #found, 2 do
      local member = found[i]
      if string.sub(member, 1, #ARGV[4]) == ARGV[4] and not string.find(member, '|clock|', 1, true) then
        instants[member] = tonumber(found[i + 1]) + offset
        redis.call('ZREM', key, member)
      end
    end
  end
end
for member, instant in pairs(instants) do
  if ARGV[2] == 'manual' then redis.call('ZADD', KEYS[4], string.format('%.0f', instant), member)
  else redis.call('ZADD', KEYS[2], string.format('%.0f', instant - tonumber(ARGV[3])), member) end
end
redis.call('PUBLISH', ARGV[5], '0')
redis.call('PUBLISH', ARGV[7], ARGV[8])
return 1
"""

# KEYS: the account's clock, the target for which it is moved, if it is one of a caller's.
# ARGV: clock before, clock after (JSON), channel of announcements, account.
# Returns 1; 0 if another process set the clock meanwhile; -1 if the target is not pending any more.
MOVE_CLOCK = """
if KEYS[2] and redis.call('HGET', KEYS[2], 'state') ~= 'pending' then return -1 end
if redis.call('HGET', KEYS[1], 'clock') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'clock', ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
"""

# KEYS: the account's targets, the target, due.
# ARGV: id, target (JSON), milliseconds until it must be renewed, member of the clock, real now, nudge.
# A target is added once, however often a client of Redis sends the command. Returns 1, or 0 if it was there already.
ADD_TARGET = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('HSET', KEYS[2], 'state', 'pending', 'target', ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[3], 'LT', ARGV[5], ARGV[4])
redis.call('PUBLISH', ARGV[6], '0')
return 1
"""

# KEYS: the target. ARGV: target (JSON). Returns 1, or 0 if it is not pending any more.
SET_TARGET = """
if redis.call('HGET', KEYS[1], 'state') ~= 'pending' then return 0 end
redis.call('HSET', KEYS[1], 'target', ARGV[1])
return 1
"""

# KEYS: the account's targets, the target. ARGV: id, state at the end, seconds to remember it.
# Returns 1, or 0 if it was not pending any more.
END_TARGET = """
redis.call('LREM', KEYS[1], 1, ARGV[1])
if redis.call('HGET', KEYS[2], 'state') ~= 'pending' then return 0 end
redis.call('HSET', KEYS[2], 'state', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
"""

# KEYS: the account's manual due. ARGV: member, the instant at which it was due, the instant at which it is due now
# ("" none). Returns 1; or 0, and does nothing, if it was re-set meanwhile.
FORGET = """
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '-1') ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] == '' then redis.call('ZREM', KEYS[1], ARGV[1]) else redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1]) end
return 1
"""

# KEYS: the hash of requests, the hash of chains, streams. ARGV: the id before which entries are removed, the
# millisecond before which the last event of a request or a chain must be for it to be removed, the number of requests,
# their ids, and chains. A stream that is left empty is deleted.
TRIM = """
for i = 3, #KEYS do
  redis.call('XTRIM', KEYS[i], 'MINID', ARGV[1])
  if redis.call('XLEN', KEYS[i]) == 0 then redis.call('DEL', KEYS[i]) end
end
local requests, before = tonumber(ARGV[3]), tonumber(ARGV[2])
for i = 4, #ARGV do
  local key = i < 4 + requests and KEYS[1] or KEYS[2]
  local found = redis.call('HGET', key, ARGV[i])
  local last = found and tonumber(string.match(found, '^%d+ (%d+)') or found)
  if last and last < before then redis.call('HDEL', key, ARGV[i]) end
end
return #KEYS
"""

# KEYS: the lock of a manual clock. ARGV: worker, milliseconds to keep the lock, or 0 to give it up. Returns 1, or 0 if
# another worker has the lock.
KEEP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
"""

# KEYS: generation counter. ARGV: real now, count. Returns the first of so many generations that no commit was given.
RESERVE = """
local counter = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[1]) * 1000)
redis.call('SET', KEYS[1], string.format('%.0f', counter + tonumber(ARGV[2])))
return string.format('%.0f', counter + 1)
"""

# KEYS: due, leased, accounts, where the answer is remembered if the call may be sent again.
# ARGV: account, "account|", nudge, channel of announcements, set of worlds, and counted rows:
#   n guards: key of a hash, field, value ("" where there must be none)
#   n old:    key that goes
#   n new:    key, the key whose place it takes
#   n dues:   member, real instant
# All of an account goes, and what was written aside takes its place. Returns "done"; or it does nothing and returns
# "changed" if a guard does not hold, "lost" if what was written aside is not whole any more.
REPLACE = """
if KEYS[4] and redis.call('EXISTS', KEYS[4]) == 1 then return 'done' end
local position = 5
local function take()
  position = position + 1
  return ARGV[position]
end
for _ = 1, tonumber(take()) do
  local key, field, value = take(), take(), take()
  if (redis.call('HGET', key, field) or '') ~= value then return 'changed' end
end
local old, new = {}, {}
for i = 1, tonumber(take()) do old[i] = take() end
for i = 1, tonumber(take()) do
  new[i] = {from = take(), to = take()}
  if redis.call('EXISTS', new[i].from) == 0 then return 'lost' end
end
local function world_of(key)
  return string.match(key, '^([^:]*:[^:]*:[^:]*:)versions$') or string.match(key, '^([^:]*:[^:]*:[^:]*:)chains$')
end
for _, key in ipairs(old) do
  redis.call('UNLINK', key)
  if world_of(key) then redis.call('SREM', ARGV[5], world_of(key)) end
end
for s = 1, 2 do
  for _, member in ipairs(redis.call('ZRANGE', KEYS[s], 0, -1)) do
    if string.sub(member, 1, #ARGV[2]) == ARGV[2] then redis.call('ZREM', KEYS[s], member) end
  end
end
for _, key in ipairs(new) do
  redis.call('RENAME', key.from, key.to)
  redis.call('PERSIST', key.to)
  if world_of(key.to) then redis.call('SADD', ARGV[5], world_of(key.to)) end
end
if #new > 0 then redis.call('SADD', KEYS[3], ARGV[1]) else redis.call('SREM', KEYS[3], ARGV[1]) end
for _ = 1, tonumber(take()) do
  local member, instant = take(), take()
  redis.call('ZADD', KEYS[1], instant, member)
end
redis.call('PUBLISH', ARGV[3], '0')
redis.call('PUBLISH', ARGV[4], ARGV[1])
if KEYS[4] then redis.call('SET', KEYS[4], 'done', 'EX', 60) end
return 'done'
"""

# KEYS: streams, the key that remembers the call. ARGV: seconds to keep the streams, their number, then for each event
# its id, its body, and the numbers of its streams. Does nothing if it is sent again.
APPEND_EVENTS = """
local sent = KEYS[tonumber(ARGV[2]) + 1]
if sent and not redis.call('SET', sent, 'done', 'NX', 'EX', 60) then return 0 end
for i = 3, #ARGV, 3 do
  for number in string.gmatch(ARGV[i + 2], '%d+') do
    redis.call('XADD', KEYS[tonumber(number)], ARGV[i], 'e', ARGV[i + 1])
  end
end
for i = 1, tonumber(ARGV[2]) do redis.call('EXPIRE', KEYS[i], ARGV[1]) end
return 1
"""

# KEYS: list of an account's calls, their count. ARGV: most to keep, seconds to keep them, channel of announcements,
# account, calls (JSON)... The calls get the numbers that follow.
KEEP_CALLS = """
local first = redis.call('INCRBY', KEYS[2], #ARGV - 4) - (#ARGV - 4)
local entries = {}
for i = 5, #ARGV do
  entries[#entries + 1] = string.format('%.0f %s', first + i - 4, ARGV[i])
  if #entries == 200 or i == #ARGV then
    redis.call('RPUSH', KEYS[1], unpack(entries))
    entries = {}
  end
end
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[1]), -1)
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
"""

# KEYS: snapshots of an account, what is said of each. ARGV: name, state, what is said of it, most to keep, most bytes
# of all. Returns "new", or "known" if it takes the place of another; or it does nothing and returns "many" or "large".
KEEP_SNAPSHOT = """
local names, is_new, total = redis.call('HKEYS', KEYS[1]), true, #ARGV[2]
for _, name in ipairs(names) do
  if name == ARGV[1] then is_new = false else total = total + redis.call('HSTRLEN', KEYS[1], name) end
end
if is_new and #names >= tonumber(ARGV[4]) then return 'many' end
if total > tonumber(ARGV[5]) then return 'large' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return is_new and 'new' or 'known'
"""

# KEYS: environments, files of one. ARGV: its id, name, content. Nothing is written for one that is not there any more.
KEEP_RUN = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
"""
