"""Parts of Lua scripts: words that are taken one by one, and hashes of which each is read once and written once."""

# ARGV: numbers at 4, each a word or the length of a text, and the texts joined at 5. `take` gives the next word that is
# a text, and `count` the next that is a number.
WORDS = """
local numbers, texts, position = string.gmatch(ARGV[4], '%-?%d+'), ARGV[5], 1
local function take()
  local start = position
  position = start + numbers()
  return string.sub(texts, start, position - 1)
end
local function count() return tonumber(numbers()) end
"""

# `call_all` is a command for all words of a list, in pieces, because Lua unpacks them onto its stack. It returns the
# answer to the last piece.
PIECES = """
local function call_all(command, key, list)
  local answer
  for first = 1, #list, 400 do
    answer = redis.call(command, key, unpack(list, first, math.min(first + 399, #list)))
  end
  return answer
end
"""

# The fields that are wanted (`want`) are read together (`read_all`); `get` and `set` work on what was read, and
# `write_all` writes what has changed. A value is '' where there is none, and '' deletes.
HASHES = """
local function whole(number) return string.format('%.0f', number) end

-- Hashes in the order in which they were first needed.
local hashes, keys = {}, {}
local function hash(key)
  local known = hashes[key]
  if not known then
    known = {wanted = {}, values = {}, changed = {}, is_changed = {}}
    hashes[key], keys[#keys + 1] = known, key
  end
  return known
end
local function want(key, field)
  local known = hash(key)
  if not known.values[field] then
    known.wanted[#known.wanted + 1], known.values[field] = field, ''
  end
end
local function read_all()
  for _, key in ipairs(keys) do
    local known = hashes[key]
    for first = 1, #known.wanted, 200 do
      local last = math.min(first + 199, #known.wanted)
      local values = redis.call('HMGET', key, unpack(known.wanted, first, last))
      for i = first, last do known.values[known.wanted[i]] = values[i - first + 1] or '' end
    end
  end
end
local function get(key, field) return hashes[key].values[field] end
local function set(key, field, value)
  local known = hash(key)
  known.values[field] = value
  if not known.is_changed[field] then
    known.changed[#known.changed + 1], known.is_changed[field] = field, true
  end
end
local function write_all()
  for _, key in ipairs(keys) do
    local known, puts, gone = hashes[key], {}, {}
    for _, field in ipairs(known.changed) do
      local value = known.values[field]
      if value == '' then gone[#gone + 1] = field
      else puts[#puts + 1], puts[#puts + 2] = field, value end
    end
    call_all('HSET', key, puts)
    call_all('HDEL', key, gone)
  end
end
"""

# Add a change to the list of the latest ones, from which processes bring their copies up to date. Its first line is a
# generation after which all changes are listed, each with its generation and its id. Of a long list the older half is
# dropped.
CHANGES = """
local function list_change(generations, id, generation)
  local changes = get(generations, '')
  if changes == '' or string.find(id, '\\n', 1, true) then
    changes = generation .. '\\n'
  else
    changes = changes .. generation .. ' ' .. id .. '\\n'
    if #changes > 4000 then
      local rest = string.sub(changes, string.find(changes, '\\n', #changes - 2000, true) + 1)
      local first = string.match(rest, '^%d+')
      changes = (first and whole(tonumber(first) - 1) or generation) .. '\\n' .. rest
    end
  end
  set(generations, '', changes)
end
"""
