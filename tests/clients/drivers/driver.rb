# Calls of the Ruby client for the tests: a JSON line in, a JSON line out.

require ARGV.shift

def made(asked)
  if asked[:op] == "verify"
    header, body, secret = asked.values_at(:header, :body, :secret)
    return Qsms.verify_signature(header, body, secret, tolerance: asked[:tolerance], now: Time.at(asked[:now]))
  end
  of = asked[:client]
  client = Qsms::Client.new(of[:base_url], of[:api_key], account_url: of[:account_url], sender: of[:sender],
                                                         read_timeout: of[:timeout], retries: of[:retries])
  options = asked[:options] || {}
  case asked[:op]
  when "send_one" then client.send_one(asked[:mobile], asked[:message], **options).to_h
  when "send_many" then client.send_many(asked[:texts], **options).map(&:to_h)
  when "add_contacts" then client.add_contacts(asked[:group], asked[:contacts])
  when "launch_campaign"
    client.launch_campaign(asked[:name], **asked.slice(:group, :text, :kind), **options)
  when "campaign_status" then client.campaign_status(asked[:id])
  when "message_status" then client.message_status(asked[:id])
  when "balance" then client.balance
  when "call" then client.call(asked[:method], asked[:path], asked[:body])
  end
end

$stdout.sync = true
$stdin.each_line do |line|
  said =
    begin
      { result: made(JSON.parse(line, symbolize_names: true)) }
    rescue Qsms::Error => e
      kind = e.class.name.split("::").last.downcase
      { error: { kind: kind, code: e.code, message: e.message, fields: e.fields, status: e.status } }
    end
  puts JSON.generate(said)
end
