import Dragonfly

/// Notes what a fetch has brought.
///
/// Keys: entry, index, expiry, sizes, state, changes, lock. Arguments: key, hold, kind of finding, number of the last
/// change when GitHub was asked, milliseconds and microseconds now, requests left, reset of the quota in seconds, until
/// when GitHub wants no requests (empty each where it says nothing), milliseconds for which content and for which a 404 is
/// held, bound of the changes, failures after which GitHub is left alone and for how many milliseconds, then ETag and status
/// of content, status of a refusal (empty: none), headers and body of content.
///
/// Run twice, as after a lost reply, it stores the same. A failure counts twice then, and that GitHub is up or down again is
/// told to nobody.
let concludeScript = Script(
    """
    local entry, index, expiry, sizes, state, changes, lock = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
    local key, hold, kind, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[5])
    local function number(field) return tonumber(redis.call('HGET', state, field) or '0') end
    local function text(value) return string.format('%d', value) end
    local change = ''
    if ARGV[7] ~= '' then redis.call('HSET', state, 'remaining', ARGV[7], 'reset', ARGV[8]) end
    if kind == 'composed' then
      kind = 'content'
    elseif kind == 'failed' then
      local failures = redis.call('HINCRBY', state, 'failures', 1)
      if failures >= tonumber(ARGV[13]) then
        redis.call('HSET', state, 'open_until', text(now + tonumber(ARGV[14])))
        if failures == tonumber(ARGV[13]) then change = 'down' end
      end
    else
      if number('failures') >= tonumber(ARGV[13]) then change = 'up' end
      redis.call('HSET', state, 'failures', '0', 'open_until', '0')
      if kind ~= 'nothing' and ARGV[17] == '' then redis.call('HSET', state, 'last_success', ARGV[5]) end
    end
    if ARGV[9] ~= '' then
      local blocked = number('blocked_until')
      if blocked <= now then change = 'limited' end
      if tonumber(ARGV[9]) > blocked then redis.call('HSET', state, 'blocked_until', ARGV[9]) end
    end
    if kind == 'content' or kind == 'renewed' or kind == 'missing' then
      local began = tonumber(ARGV[4])
      if number('invalidated') > began then
        local lines = redis.call('LRANGE', changes, 0, -1)
        local isKnown = #lines < tonumber(ARGV[12])
        for _, line in ipairs(lines) do
          local what, sequence, prefix = string.match(line, '^(%u) (%d+) ?(.*)$')
          if tonumber(sequence) <= began then
            isKnown = true
            break
          end
          local isComposed = string.sub(key, 1, 3) == '/__' and string.sub(prefix, 1, 3) ~= '/__'
          if what == 'A' or (what == 'I' and string.sub(key, 1, #prefix) == prefix and not isComposed) then
            return {'overtaken', change, 'awaited'}
          end
        end
        if not isKnown then return {'overtaken', change, 'awaited'} end
      end
      local hasBody = redis.call('HEXISTS', entry, 'body') == 1
      if kind == 'renewed' and not hasBody then return {'gone', change, 'awaited'} end
      local until_time
      if kind == 'content' then
        redis.call('HSET', entry, 'etag', ARGV[15], 'status', ARGV[16], 'headers', ARGV[18], 'body', ARGV[19])
        local size = #ARGV[19]
        redis.call('HINCRBY', state, 'bytes', text(size - tonumber(redis.call('HGET', sizes, key) or '0')))
        redis.call('HSET', sizes, key, text(size))
      end
      if kind == 'missing' then
        redis.call('HSET', entry, 'missing_at', ARGV[5])
        if not hasBody then until_time = now + tonumber(ARGV[11]) end
      else
        redis.call('HSET', entry, 'fetched_at', ARGV[5])
        redis.call('HDEL', entry, 'missing_at')
        until_time = now + tonumber(ARGV[10])
      end
      if until_time then
        redis.call('ZADD', expiry, text(until_time), key)
        redis.call('PEXPIRE', entry, text(until_time - now))
      end
      redis.call('ZADD', index, 0, key)
      local sequence = text(math.max(number('seq') + 1, tonumber(ARGV[6])))
      redis.call('HSET', state, 'seq', sequence)
      redis.call('LPUSH', changes, 'S ' .. sequence .. ' ' .. ARGV[5] .. ' ' .. key)
      redis.call('LTRIM', changes, 0, tonumber(ARGV[12]) - 1)
    end
    -- What is over is out of the lists as well, where no agent sees to it.
    local old = redis.call('ZRANGEBYSCORE', expiry, '-inf', ARGV[5], 'LIMIT', 0, 20)
    for _, member in ipairs(old) do
      redis.call('HINCRBY', state, 'bytes', '-' .. (redis.call('HGET', sizes, member) or '0'))
      redis.call('HDEL', sizes, member)
      redis.call('ZREM', expiry, member)
      redis.call('ZREM', index, member)
    end
    local held = redis.call('GET', lock)
    if not held or string.match(held, '^[^+]*') ~= hold then return {'done', change, 'awaited'} end
    if ARGV[17] == '' then
      redis.call('DEL', lock)
    else
      redis.call('SET', lock, 'denied ' .. ARGV[17], 'PX', ARGV[11])
    end
    return {'done', change, held == hold and 'alone' or 'awaited'}
    """, returning: .array)
