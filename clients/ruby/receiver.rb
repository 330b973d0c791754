# frozen_string_literal: true

# Receives callbacks of the portal: checks who sent them, and prints them. A server of a few lines, for Ruby brings none;
# in an application the body and the header come from Rack (`request.body.read`, `HTTP_QSMS_SIGNATURE`).
#
#   CALLBACK_SECRET=... PORT=8900 ruby receiver.rb

require "socket"
require_relative "qsms"

LONGEST_BODY = 1 << 20
$stdout.sync = true

def receive(client)
  client.gets
  headers = {}
  while (line = client.gets) && line != "\r\n"
    name, value = line.split(":", 2)
    headers[name.downcase] = value.to_s.strip
  end
  body = client.read([headers["content-length"].to_i, LONGEST_BODY].min).to_s
  if Qsms.verify_signature(headers["qsms-signature"], body, ENV.fetch("CALLBACK_SECRET"))
    event = JSON.parse(body)
    # The same event may come twice: keep it by its messageId and dlrStatus, then answer, and only then work on it.
    puts event.values_at("messageId", "dlrDesc", "client_ref").join(" ")
    client.write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
  else
    client.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
  end
ensure
  client.close
end

server = TCPServer.new("127.0.0.1", Integer(ENV.fetch("PORT", "8900")))
loop { Thread.new(server.accept) { |client| receive(client) } }
