-- What wrk does: sends requests that are on disk, each once, and writes down how it went when all are answered.
-- Arguments: the folder of the requests, and a path that is answered with 200.
local ffi = require("ffi")
ffi.cdef [[
typedef struct { long seconds; long nanoseconds; } moment;
int clock_gettime(int, moment *);
]]

local threads = 0

local function now()
  local read = ffi.new("moment")
  ffi.C.clock_gettime(1, read) -- monotonic, the same for all threads
  return tonumber(read.seconds) + tonumber(read.nanoseconds) / 1e9
end

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  folder, idle = arguments[1], "GET " .. arguments[2] .. " HTTP/1.1\r\nHost: idle\r\n\r\n"
  requests, sent, taken, refused, first = {}, 0, 0, 0, nil
  local file = assert(io.open(folder .. "/requests-" .. number, "rb"))
  while true do
    local length = file:read(8)
    if not length then break end
    requests[#requests + 1] = file:read(tonumber(length))
  end
  file:close()
  count = #requests
end

-- A connection that is free after the last request asks for nothing of weight until the others have their answers.
-- The first that is asked for never leaves: wrk looks at it, in its first thread, to see whether it is whole.
function request()
  if not asked then
    asked = true
    return idle
  end
  if sent == count then return idle end
  first = first or now()
  sent = sent + 1
  return requests[sent]
end

function response(status)
  if status == 204 then
    taken = taken + 1
  elseif status >= 400 then
    refused = refused + 1
    said = said or status
  end
  if taken + refused == count and not over then
    over = true
    local file = assert(io.open(folder .. "/part-" .. number, "w"))
    file:write(string.format('{"first": %.6f, "last": %.6f, "taken": %d, "refused": %d, "said": %d}',
      first, now(), taken, refused, said or 204))
    file:close()
    os.rename(folder .. "/part-" .. number, folder .. "/done-" .. number)
    wrk.thread:stop()
  end
end
