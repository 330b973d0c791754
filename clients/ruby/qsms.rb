# frozen_string_literal: true

require "json"
require "net/http"
require "openssl"
require "securerandom"
require "time"
require "uri"

# Send texts by the QSMS Portal, or by the Q SMS gateway for what it has. Needs Ruby 3.0 and nothing else.
#
#   client = Qsms::Client.new("https://portal.example.co.ke", "qsms_live_...", sender: "NAKURUSACCO")
#   p client.send_one("254712345678", "Your parcel is here.")
#
# A call is made again only where nothing came of it: no connection could be made, or the answer was 429 with
# `Retry-After`, 503 with `Retry-After` or 503 with the code 1005. After a broken connection or a time that ran out,
# only what a repeat cannot do twice is asked again: what only reads, and the POSTs of `/v1/`, which carry an
# `Idempotency-Key` that stays the same over the tries of one call.
module Qsms
  # A call that did not do what was asked.
  class Error < StandardError
    # @return [String] the answer's own word or number, such as `over_limit` or `1006`; empty without an answer
    attr_reader :code
    # @return [Hash{String => Object}] what was wrong, by the name of the field or parameter
    attr_reader :fields
    # @return [Integer] the HTTP status, 0 without an answer
    attr_reader :status

    def initialize(code, message, fields = {}, status = 0)
      super(message)
      @code = code
      @fields = fields
      @status = status
    end
  end

  # The answer said no: nothing was sent or changed. `code` says what to mend.
  class Refused < Error; end

  # No connection could be made: nothing was sent or changed. Call again later.
  class Unreachable < Error; end

  # The request went out, and no answer came that can be understood: it may have been done. Look before you call again,
  # or call again with the same `idempotency_key` where the portal is asked.
  class Unanswered < Error; end

  # What became of one text.
  #
  # `state` is `:accepted`, `:refused` (it was not sent and will not be) or `:uncertain` (nobody knows: do not send it
  # again, ask `message_status` for its `message_id`, which is empty where none came). `cost` is in credits, or nil.
  Sent = Struct.new(:state, :mobile, :message_id, :client_ref, :code, :description, :cost, keyword_init: true)

  # Calls of one account.
  class Client
    # What a request may fail with once its connection stands.
    BROKEN = [SystemCallError, IOError, SocketError, Timeout::Error, OpenSSL::SSL::SSLError,
              Net::HTTPBadResponse, Net::HTTPHeaderSyntaxError, Zlib::Error].freeze

    # @param base_url [String] where `/api/sms/...` is: your portal, or the gateway's sending host
    # @param api_key [String] a key of Settings, API keys
    # @param account_url [String, nil] where `/v1/...` is, if that is another host, as with the gateway
    # @param sender [String] the sender ID where a call names none
    # @param connect_timeout [Numeric] seconds
    # @param read_timeout [Numeric] seconds; the portal answers a text within 25
    # @param retries [Integer] how often a call of which nothing came is made again
    # @param longest_wait [Numeric] seconds; where `Retry-After` says more, the call is not made again
    def initialize(base_url, api_key, account_url: nil, sender: "", service_id: "0", connect_timeout: 10,
                   read_timeout: 60, retries: 3, longest_wait: 60)
      @base_url = base_url.chomp("/")
      @account_url = (account_url || base_url).chomp("/")
      @api_key = api_key
      @sender = sender
      @service_id = service_id
      @timeouts = [connect_timeout, read_timeout]
      @retries = retries
      @longest_wait = longest_wait
    end

    # Send one text.
    #
    # @param mobile [String]
    # @param message [String]
    # @param date_send [String] "2026-12-04 09:00:00", Nairobi, lets it wait
    # @return [Sent] accepted or uncertain
    # @raise [Refused] 1003 the number, 1012 opted out, ...
    # @raise [Unreachable, Unanswered]
    def send_one(mobile, message, sender: nil, client_ref: "", date_send: "", idempotency_key: "")
      body = { api_key: @api_key, service_id: @service_id, mobile: mobile, response_type: "json",
               shortcode: sender || @sender, message: message, date_send: date_send }
      body[:client_ref] = client_ref unless client_ref.empty?
      status, answer = ask("POST", "#{@base_url}/api/sms/sendsms", body, idempotency_key)
      sent = result(items(status, answer).first, { mobile: mobile, client_ref: client_ref })
      raise Refused.new(sent.code, sent.description, {}, status) if sent.state == :refused
      raise unanswered(status) if sent.state == :uncertain && sent.message_id.empty?

      sent
    end

    # Send up to 1,000 texts in one call.
    #
    # @param texts [Array<Hash{Symbol => String}>] each with `mobile:`, `message:` and, as you like, `client_ref:`, your
    #   own name for it, which comes back with its result
    # @return [Array<Sent>] a result for each, in their order
    # @raise [Refused] where the call as a whole was refused
    # @raise [Unreachable, Unanswered]
    def send_many(texts, sender: nil, date_send: "", idempotency_key: "")
      body = { api_key: @api_key, serviceId: @service_id, from: sender || @sender, date_send: date_send,
               messages: texts }
      status, answer = ask("POST", "#{@base_url}/api/sms/sendmultiple", body, idempotency_key)
      matched(texts, items(status, answer))
    end

    # Add and update up to 10,000 contacts. The group is made where needed.
    #
    # @param contacts [Array<Hash>] each with `phone`, `name` and any field
    # @return [Hash{String => Object}] `created`, `updated`, `unchanged`, `duplicates`, `rejected`
    # @raise [Error]
    def add_contacts(group, contacts)
      call("POST", "/v1/contacts", { group: group, contacts: contacts })
    end

    # Make a campaign and launch it at once, or at `send_at`.
    #
    # @param kind [String] transactional or promotional
    # @param options [Hash] whatever else `POST /v1/campaigns` takes; `launch: false` leaves it a draft
    # @return [Hash{String => Object}] the campaign: `id`, `status`, `run`, ...
    # @raise [Error]
    def launch_campaign(name, group:, text:, kind:, **options)
      call("POST", "/v1/campaigns", { name: name, group: group, text: text, kind: kind, launch: true, **options })
    end

    # The campaign with its `status`, its latest `run` and its `totals`.
    #
    # @param id [Integer]
    # @return [Hash{String => Object}]
    # @raise [Error]
    def campaign_status(id)
      call("GET", "/v1/campaigns/#{id}")
    end

    # What became of a text: `status` is queued, sent, delivered, failed or uncertain (of the gateway also pending).
    #
    # @param id [String, Integer]
    # @return [Hash{String => Object}]
    # @raise [Error]
    def message_status(id)
      call("GET", "/v1/messages/#{URI.encode_www_form_component(id)}")
    end

    # What is left of the account. The portal writes money as texts ("4200.00"), the gateway as numbers.
    #
    # @return [Hash{String => Object}] `balance_kes`, `sms_remaining`, `rate_per_sms`, of the portal `as_of`
    # @raise [Error]
    def balance
      call("GET", "/v1/balance")
    end

    # Any call of `/v1/`.
    #
    # @param key [String] the `Idempotency-Key` of a POST; a new one where none is given
    # @return [Object, nil] its JSON, nil for 204
    # @raise [Refused, Unreachable, Unanswered]
    def call(method, path, body = nil, query: {}, key: "")
      url = @account_url + path
      url += "?#{URI.encode_www_form(query)}" unless query.empty?
      key = SecureRandom.uuid if key.empty? && method == "POST"
      status, answer = ask(method, url, body, key, is_safe: %w[GET POST].include?(method))
      check(status, answer)
      code = text(answer, "status_code")
      raise Refused.new(code, text(answer, "status_desc"), {}, status) unless ["", "1", "1000"].include?(code)

      answer
    end

    private

    # HTTP status and JSON (nil where it is none); asked again where nothing came of it, or where `is_safe`.
    def ask(method, url, body, key = "", is_safe: false)
      (0..).each do |tried|
        wait = 2**tried
        begin
          response = post(method, URI(url), body, key)
        rescue Unreachable, Unanswered => e
          raise unless tried < @retries && (is_safe || e.is_a?(Unreachable))

          sleep(wait)
          next
        end
        status = response.code.to_i
        answer = json(response.body)
        after = seconds(response["Retry-After"])
        again = status == 503 && text(answer, "status_code") == "1005"
        again ||= [429, 503].include?(status) && !after.nil?
        return [status, answer] unless tried < @retries && again && (after || 0) <= @longest_wait

        sleep(after || wait)
      end
    end

    # One try.
    def post(method, uri, body, key)
      http = Net::HTTP.new(uri.hostname, uri.port)
      http.use_ssl = uri.scheme == "https"
      http.open_timeout, http.read_timeout = @timeouts
      # Net::HTTP would ask again by itself.
      http.max_retries = 0
      request = Net::HTTPGenericRequest.new(method, !body.nil?, true, uri.request_uri, headers(key))
      request.body = JSON.generate(body) unless body.nil?
      begin
        http.start
      rescue *BROKEN => e
        raise Unreachable.new("", e.message)
      end
      begin
        http.request(request)
      rescue *BROKEN => e
        raise Unanswered.new("", e.message)
      ensure
        http.finish if http.started?
      end
    end

    # A connection of its own each time: one that was kept may have been closed at the other end.
    def headers(key)
      own = { "Authorization" => "Bearer #{@api_key}", "Content-Type" => "application/json", "Connection" => "close" }
      key.empty? ? own : own.merge("Idempotency-Key" => key)
    end

    def unanswered(status)
      Unanswered.new("", "The answer does not say whether it was done.", {}, status)
    end

    # Raises what an answer says that did not do what was asked, in the shape of `/v1/` or in none.
    def check(status, answer)
      error = answer.is_a?(Hash) ? answer["error"] : nil
      raise unanswered(status) if [500, 502, 504].include?(status)
      raise unanswered(status) if status != 204 && status < 300 && answer.nil?
      raise Refused.new(text(error, "code"), text(error, "message"), error["fields"] || {}, status) if error.is_a?(Hash)
      return if status < 300

      kind = status >= 500 ? Unanswered : Refused
      raise kind.new(status.to_s, (error || "The answer says no more than this.").to_s, {}, status)
    end

    # What was said of each text: a list, a list in an object, or one object. Raises where the whole call failed.
    def items(status, answer)
      found = answer
      if answer.is_a?(Hash)
        inside = %w[schedule_details messages responses data].find { |name| answer.key?(name) }
        found = inside ? answer[inside] : [answer].select { |item| item.key?("message_id") }
      end
      return found if found.is_a?(Array) && !found.empty? && found.all?(Hash)

      code = text(answer, "status_code")
      raise Refused.new(code, text(answer, "status_desc"), {}, status) if refuses?(code)

      check(status, answer)
      raise unanswered(status)
    end

    # Each text's result: by `client_ref`, by mobile, by place where neither is told. What is not told is uncertain.
    def matched(texts, items)
      left = items.dup
      by_place = items.size == texts.size && items.all? { |item| text(item, "client_ref").empty? && mobile(item).empty? }
      texts.map do |asked|
        place = left.index { |item| by_place || of?(item, asked) }
        result(place ? left.delete_at(place) : {}, asked)
      end
    end

    def of?(item, asked)
      told = text(item, "client_ref")
      ref = asked[:client_ref].to_s
      told.empty? || ref.empty? ? tail(mobile(item)) == tail(asked[:mobile]) : told == ref
    end

    def result(item, asked)
      scheduled = text(item, "schedule_status")
      code = text(item, "status_code")
      code = scheduled.match?(/\A(1|success)\z/i) ? "1000" : scheduled if code.empty?
      id = text(item, "message_id")
      ref = text(item, "client_ref")
      told = [text(item, "schedule_desc"), text(item, "status_desc")]
      Sent.new(
        state: %w[1 1000].include?(code) ? :accepted : (refuses?(code) ? :refused : :uncertain),
        mobile: mobile(item).empty? ? asked[:mobile].to_s : mobile(item),
        message_id: id == "0" ? "" : id, client_ref: ref.empty? ? asked[:client_ref].to_s : ref,
        code: code, description: told.find { |words| !words.empty? } || "",
        cost: Float(text(item, "message_cost"), exception: false)
      )
    end

    # The vendor's codes that say no; of any other nobody knows what it means.
    def refuses?(code)
      code.match?(/\A\d{4}\z/) && code.to_i.between?(1001, 1016)
    end

    def mobile(item)
      [text(item, "mobile"), text(item, "mobile_number")].find { |number| !number.empty? } || ""
    end

    # What 0712345678, +254 712 345 678 and 254712345678 have in common.
    def tail(mobile)
      mobile.to_s.gsub(/\D/, "").chars.last(9).join
    end

    def text(told, name)
      told.is_a?(Hash) ? told[name].to_s : ""
    end

    def json(body)
      JSON.parse(body.to_s)
    rescue JSON::ParserError
      nil
    end

    # Of seconds or of a date; nil where it is neither.
    def seconds(retry_after)
      return nil if retry_after.nil?
      return retry_after.to_f if retry_after.match?(/\A\d+\z/)

      [Time.httpdate(retry_after) - Time.now, 0.0].max
    rescue ArgumentError
      nil
    end
  end

  # Whether a callback is the portal's.
  #
  # @param header [String, nil] its `QSMS-Signature`
  # @param body [String] the bytes as they came
  # @param secret [String]
  # @param tolerance [Numeric] seconds that the time in the header may lie before or after `now`
  # @return [Boolean]
  def self.verify_signature(header, body, secret, tolerance: 300, now: Time.now)
    parts = header.to_s.split(",").map { |part| part.strip.split("=", 2) }
    times = parts.select { |name, _| name == "t" }.map(&:last)
    return false if secret.empty?
    return false unless times.size == 1 && times.first.match?(/\A\d{1,15}\z/)
    return false if (now.to_f - times.first.to_i).abs > tolerance

    expected = OpenSSL::HMAC.hexdigest("SHA256", secret, "#{times.first}.".b + body.b)
    given = parts.select { |name, _| name == "v1" }.map { |_, value| value.to_s }
    # All are compared, so that the time tells nothing.
    given.map { |one| OpenSSL.secure_compare(expected, one) }.any?
  end
end
