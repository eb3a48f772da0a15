-- Answer HEAD like GET, without the body. The transcoder knows no HEAD, so it sees a GET.
function envoy_on_request(handle)
  handle:headers():replace(":method", "GET")
end

-- Over HTTP/2 Envoy would send the body after all, and a compressor its empty frame.
function envoy_on_response(handle)
  local body = handle:body()
  if not body then return end
  local length = body:length()
  body:setBytes("")
  handle:headers():replace("content-length", tostring(length))
  handle:headers():replace("cache-control", "no-transform")
end
