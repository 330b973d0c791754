<?php

declare(strict_types=1);

/**
 * Send texts by the QSMS Portal, or by the Q SMS gateway for what it has. Needs PHP 8.1 with openssl for https, no
 * other extension.
 *
 *     $client = new Qsms\Client('https://portal.example.co.ke', 'qsms_live_...', sender: 'NAKURUSACCO');
 *     print_r($client->sendOne('254712345678', 'Your parcel is here.'));
 *
 * A call is made again only where nothing came of it: no connection could be made, or the answer was 429 with
 * `Retry-After`, 503 with `Retry-After` or 503 with the code 1005. After a broken connection or a time that ran out,
 * only what a repeat cannot do twice is asked again: what only reads, and the POSTs of `/v1/`, which carry an
 * `Idempotency-Key` that stays the same over the tries of one call.
 */

namespace Qsms;

/** A call that did not do what was asked. */
class QsmsException extends \RuntimeException
{
    /**
     * @param string               $errorCode the answer's own word or number, such as `over_limit` or `1006`; empty
     *                                        without an answer
     * @param string               $message   what it said, in words
     * @param array<string, mixed> $fields    what was wrong, by the name of the field or parameter
     * @param int                  $status    the HTTP status, 0 without an answer
     */
    public function __construct(
        public readonly string $errorCode,
        string $message,
        public readonly array $fields = [],
        public readonly int $status = 0,
    ) {
        parent::__construct($message, $status);
    }
}

/** The answer said no: nothing was sent or changed. `$errorCode` says what to mend. */
class Refused extends QsmsException
{
}

/** No connection could be made: nothing was sent or changed. Call again later. */
class Unreachable extends QsmsException
{
}

/**
 * The request went out, and no answer came that can be understood: it may have been done. Look before you call again,
 * or call again with the same `$idempotencyKey` where the portal is asked.
 */
class Unanswered extends QsmsException
{
}

enum State: string
{
    case Accepted = 'accepted';
    /** It was not sent and will not be. */
    case Refused = 'refused';
    /** Nobody knows: do not send it again, ask `messageStatus` for its id. */
    case Uncertain = 'uncertain';
}

/** What became of one text. `$messageId` is empty where none came, `$cost` is in credits. */
final class Sent
{
    public function __construct(
        public readonly State $state,
        public readonly string $mobile,
        public readonly string $messageId,
        public readonly string $clientRef = '',
        public readonly string $code = '',
        public readonly string $description = '',
        public readonly ?float $cost = null,
    ) {
    }
}

/** Calls of one account. */
final class Client
{
    private readonly string $baseUrl;
    private readonly string $accountUrl;

    /**
     * @param string  $baseUrl     where `/api/sms/...` is: your portal, or the gateway's sending host
     * @param string  $apiKey      a key of Settings, API keys
     * @param ?string $accountUrl  where `/v1/...` is, if that is another host, as with the gateway
     * @param string  $sender      the sender ID where a call names none
     * @param float   $timeout     seconds to connect, and to wait for an answer; the portal answers a text within 25
     * @param int     $retries     how often a call of which nothing came is made again
     * @param float   $longestWait seconds; where `Retry-After` says more, the call is not made again
     */
    public function __construct(
        string $baseUrl,
        private readonly string $apiKey,
        ?string $accountUrl = null,
        private readonly string $sender = '',
        private readonly string $serviceId = '0',
        private readonly float $timeout = 60.0,
        private readonly int $retries = 3,
        private readonly float $longestWait = 60.0,
    ) {
        $this->baseUrl = rtrim($baseUrl, '/');
        $this->accountUrl = rtrim($accountUrl ?? $baseUrl, '/');
    }

    /**
     * Send one text.
     *
     * @param string $dateSend "2026-12-04 09:00:00", Nairobi, lets it wait
     *
     * @return Sent accepted or uncertain
     *
     * @throws Refused 1003 the number, 1012 opted out, ...
     * @throws Unreachable
     * @throws Unanswered
     */
    public function sendOne(
        string $mobile,
        string $message,
        string $sender = '',
        string $clientRef = '',
        string $dateSend = '',
        string $idempotencyKey = '',
    ): Sent {
        $body = [
            'api_key' => $this->apiKey,
            'service_id' => $this->serviceId,
            'mobile' => $mobile,
            'response_type' => 'json',
            'shortcode' => $sender ?: $this->sender,
            'message' => $message,
            'date_send' => $dateSend,
        ];
        if ($clientRef !== '') {
            $body['client_ref'] = $clientRef;
        }
        [$status, $answer] = $this->ask('POST', "$this->baseUrl/api/sms/sendsms", $body, $idempotencyKey);
        $sent = self::result(self::items($status, $answer)[0], ['mobile' => $mobile, 'client_ref' => $clientRef]);
        if ($sent->state === State::Refused) {
            throw new Refused($sent->code, $sent->description, [], $status);
        }
        if ($sent->state === State::Uncertain && $sent->messageId === '') {
            throw self::unanswered($status);
        }

        return $sent;
    }

    /**
     * Send up to 1,000 texts in one call.
     *
     * @param list<array{mobile: string, message: string, client_ref?: string}> $texts `client_ref` is your own name
     *                                                                          for a text, and comes back with its result
     *
     * @return list<Sent> a result for each, in their order
     *
     * @throws Refused where the call as a whole was refused
     * @throws Unreachable
     * @throws Unanswered
     */
    public function sendMany(
        array $texts,
        string $sender = '',
        string $dateSend = '',
        string $idempotencyKey = '',
    ): array {
        $body = [
            'api_key' => $this->apiKey,
            'serviceId' => $this->serviceId,
            'from' => $sender ?: $this->sender,
            'date_send' => $dateSend,
            'messages' => array_values($texts),
        ];
        [$status, $answer] = $this->ask('POST', "$this->baseUrl/api/sms/sendmultiple", $body, $idempotencyKey);

        return self::matched($texts, self::items($status, $answer));
    }

    /**
     * Add and update up to 10,000 contacts. The group is made where needed.
     *
     * @param list<array<string, mixed>> $contacts each with `phone`, `name` and any field
     *
     * @return array{group: string, created: int, updated: int, unchanged: int, duplicates: int,
     *               rejected: list<array{index: int, phone: string, error: string}>}
     *
     * @throws QsmsException
     */
    public function addContacts(string $group, array $contacts): array
    {
        return $this->call('POST', '/v1/contacts', ['group' => $group, 'contacts' => $contacts]);
    }

    /**
     * Make a campaign and launch it at once, or at `send_at`.
     *
     * @param string               $kind    transactional or promotional
     * @param array<string, mixed> $options whatever else `POST /v1/campaigns` takes; `'launch' => false`: only a draft
     *
     * @return array<string, mixed> the campaign: `id`, `status`, `run`, ...
     *
     * @throws QsmsException
     */
    public function launchCampaign(string $name, string $group, string $text, string $kind, array $options = []): array
    {
        $asked = ['name' => $name, 'group' => $group, 'text' => $text, 'kind' => $kind];

        return $this->call('POST', '/v1/campaigns', $options + $asked + ['launch' => true]);
    }

    /**
     * The campaign with its `status`, its latest `run` and its `totals`.
     *
     * @return array<string, mixed>
     *
     * @throws QsmsException
     */
    public function campaignStatus(int $id): array
    {
        return $this->call('GET', "/v1/campaigns/$id");
    }

    /**
     * What became of a text: queued, sent, delivered, failed or uncertain (of the gateway also pending).
     *
     * @return array{status: string, delivered_at?: ?string, reason?: ?string}
     *
     * @throws QsmsException
     */
    public function messageStatus(string|int $id): array
    {
        return $this->call('GET', '/v1/messages/' . rawurlencode((string) $id));
    }

    /**
     * What is left of the account. The portal writes money as texts ("4200.00"), the gateway as numbers.
     *
     * @return array{balance_kes: string|float|null, sms_remaining: ?int, rate_per_sms: string|float|null, as_of?: string}
     *
     * @throws QsmsException
     */
    public function balance(): array
    {
        return $this->call('GET', '/v1/balance');
    }

    /**
     * Any call of `/v1/`.
     *
     * @param ?array<mixed>         $body
     * @param array<string, scalar> $query
     * @param string                $key   the `Idempotency-Key` of a POST; a new one where none is given
     *
     * @return ?array<mixed> its JSON, null for 204
     *
     * @throws Refused
     * @throws Unreachable
     * @throws Unanswered
     */
    public function call(string $method, string $path, ?array $body = null, array $query = [], string $key = ''): ?array
    {
        $url = $this->accountUrl . $path . ($query ? '?' . http_build_query($query) : '');
        $key = $key ?: ($method === 'POST' ? bin2hex(random_bytes(16)) : '');
        [$status, $answer] = $this->ask($method, $url, $body, $key, in_array($method, ['GET', 'POST'], true));
        self::check($status, $answer);
        $code = self::text($answer, 'status_code');
        if (!in_array($code, ['', '1', '1000'], true)) {
            throw new Refused($code, self::text($answer, 'status_desc'), [], $status);
        }

        return $answer;
    }

    /**
     * HTTP status and JSON (null where it is none); asked again where nothing came of it, or where `$isSafe`.
     *
     * @param ?array<mixed> $body
     *
     * @return array{int, ?array<mixed>}
     */
    private function ask(string $method, string $url, ?array $body, string $key = '', bool $isSafe = false): array
    {
        for ($tried = 0;; ++$tried) {
            $wait = 2 ** $tried;
            $connected = false;
            try {
                [$status, $answer, $after] = $this->post($method, $url, $body, $key, $connected);
            } catch (\ErrorException $error) {
                if ($tried < $this->retries && (!$connected || $isSafe)) {
                    sleep($wait);
                    continue;
                }
                throw $connected ? new Unanswered('', $error->getMessage()) : new Unreachable('', $error->getMessage());
            }
            $again = $status === 503 && self::text($answer, 'status_code') === '1005';
            $again = $again || ($after !== null && in_array($status, [429, 503], true));
            if ($tried < $this->retries && $again && ($after ?? 0) <= $this->longestWait) {
                usleep((int) (($after ?? $wait) * 1_000_000));
                continue;
            }

            return [$status, $answer];
        }
    }

    /**
     * One try; `$connected` becomes true once something may have left.
     *
     * @param ?array<mixed> $body
     *
     * @return array{int, ?array<mixed>, ?float} HTTP status, JSON, seconds of `Retry-After`
     *
     * @throws \ErrorException
     */
    private function post(string $method, string $url, ?array $body, string $key, bool &$connected): array
    {
        // Each stream has a connection of its own, which PHP closes after it.
        $headers = ["Authorization: Bearer $this->apiKey", 'Content-Type: application/json', 'Connection: close'];
        if ($key !== '') {
            $headers[] = "Idempotency-Key: $key";
        }
        $http = [
            'method' => $method,
            'header' => $headers,
            'timeout' => $this->timeout,
            'follow_location' => 0,
            'ignore_errors' => true,
            'protocol_version' => 1.1,
        ];
        if ($body !== null) {
            $http['content'] = json_encode($body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
        }
        $context = stream_context_create(['http' => $http], ['notification' => function (int $what) use (&$connected) {
            $connected = $connected || $what === STREAM_NOTIFY_CONNECT;
        }]);
        set_error_handler(static fn (int $level, string $words) => throw new \ErrorException($words, 0, $level));
        try {
            $stream = fopen($url, 'r', false, $context);
            $read = stream_get_contents($stream);
            $meta = stream_get_meta_data($stream);
            fclose($stream);
        } finally {
            restore_error_handler();
        }
        if ($meta['timed_out']) {
            throw new \ErrorException('The answer took too long.');
        }
        $status = $after = 0;
        foreach ($meta['wrapper_data'] as $line) {
            if (preg_match('~^HTTP/\S+ (\d{3})~', $line, $found)) {
                [$status, $after] = [(int) $found[1], null];
            } elseif (preg_match('~^Retry-After:\s*(.+)$~i', $line, $found)) {
                $after = self::seconds(trim($found[1]));
            }
        }
        $answer = json_decode($read, true);

        return [$status, is_array($answer) ? $answer : null, $after];
    }

    private static function unanswered(int $status): Unanswered
    {
        return new Unanswered('', 'The answer does not say whether it was done.', [], $status);
    }

    /**
     * Throws what an answer says that did not do what was asked, in the shape of `/v1/` or in none.
     *
     * @param ?array<mixed> $answer
     */
    private static function check(int $status, ?array $answer): void
    {
        $error = $answer['error'] ?? null;
        if (in_array($status, [500, 502, 504], true) || ($status !== 204 && $status < 300 && $answer === null)) {
            throw self::unanswered($status);
        }
        if (is_array($error)) {
            $fields = is_array($error['fields'] ?? null) ? $error['fields'] : [];
            throw new Refused(self::text($error, 'code'), self::text($error, 'message'), $fields, $status);
        }
        if ($status >= 300) {
            $words = is_string($error) ? $error : 'The answer says no more than this.';
            throw $status >= 500 ? new Unanswered("$status", $words, [], $status) : new Refused("$status", $words, [], $status);
        }
    }

    /**
     * What was said of each text: a list, a list in an object, or one object. Throws where the whole call failed.
     *
     * @param ?array<mixed> $answer
     *
     * @return non-empty-list<array<string, mixed>>
     */
    private static function items(int $status, ?array $answer): array
    {
        $found = isset($answer['message_id']) ? [$answer] : $answer;
        foreach (['schedule_details', 'messages', 'responses', 'data'] as $name) {
            $found = $answer[$name] ?? $found;
        }
        if (is_array($found) && $found && array_is_list($found) && $found === array_filter($found, 'is_array')) {
            return $found;
        }
        $code = self::text($answer, 'status_code');
        if (self::refuses($code)) {
            throw new Refused($code, self::text($answer, 'status_desc'), [], $status);
        }
        self::check($status, $answer);
        throw self::unanswered($status);
    }

    /**
     * Each text's result: by `client_ref`, by mobile, by place where neither is told. What is not told is uncertain.
     *
     * @param array<array<string, mixed>> $texts
     * @param list<array<string, mixed>>  $items
     *
     * @return list<Sent>
     */
    private static function matched(array $texts, array $items): array
    {
        $named = array_filter($items, fn ($item) => self::text($item, 'client_ref') . self::mobile($item) !== '');
        $byPlace = count($items) === count($texts) && !$named;
        $results = [];
        foreach ($texts as $text) {
            $of = [];
            foreach ($items as $place => $item) {
                if ($byPlace || self::isOf($item, $text)) {
                    $of = $item;
                    unset($items[$place]);
                    break;
                }
            }
            $results[] = self::result($of, $text);
        }

        return $results;
    }

    /**
     * @param array<string, mixed> $item
     * @param array<string, mixed> $text
     */
    private static function isOf(array $item, array $text): bool
    {
        [$told, $ref] = [self::text($item, 'client_ref'), self::text($text, 'client_ref')];

        return $told !== '' && $ref !== '' ? $told === $ref : self::tail(self::mobile($item)) === self::tail($text['mobile']);
    }

    /**
     * @param array<string, mixed> $item
     * @param array<string, mixed> $text
     */
    private static function result(array $item, array $text): Sent
    {
        $scheduled = self::text($item, 'schedule_status');
        $taken = in_array(strtolower($scheduled), ['1', 'success'], true);
        $code = self::text($item, 'status_code') ?: ($taken ? '1000' : $scheduled);
        $id = self::text($item, 'message_id');
        $cost = self::text($item, 'message_cost');

        return new Sent(
            match (true) {
                in_array($code, ['1', '1000'], true) => State::Accepted,
                self::refuses($code) => State::Refused,
                default => State::Uncertain,
            },
            self::mobile($item) ?: (string) $text['mobile'],
            $id === '0' ? '' : $id,
            self::text($item, 'client_ref') ?: self::text($text, 'client_ref'),
            $code,
            self::text($item, 'schedule_desc') ?: self::text($item, 'status_desc'),
            is_numeric($cost) ? (float) $cost : null,
        );
    }

    /** The vendor's codes that say no; of any other nobody knows what it means. */
    private static function refuses(string $code): bool
    {
        return ctype_digit($code) && $code >= 1001 && $code <= 1016;
    }

    /** @param array<string, mixed> $item */
    private static function mobile(array $item): string
    {
        return self::text($item, 'mobile') ?: self::text($item, 'mobile_number');
    }

    /** What 0712345678, +254 712 345 678 and 254712345678 have in common. */
    private static function tail(string $mobile): string
    {
        return substr((string) preg_replace('/\D/', '', $mobile), -9);
    }

    /** @param ?array<mixed> $told */
    private static function text(?array $told, string $name): string
    {
        $value = $told[$name] ?? '';

        return is_scalar($value) ? (string) $value : '';
    }

    /** Of seconds or of a date; null where it is neither. */
    private static function seconds(string $retryAfter): ?float
    {
        if (ctype_digit($retryAfter)) {
            return (float) $retryAfter;
        }
        $at = strtotime($retryAfter);

        return $at === false ? null : max(0.0, (float) ($at - time()));
    }
}

/**
 * Whether a callback is the portal's.
 *
 * @param string $header    its `QSMS-Signature`
 * @param string $body      the bytes as they came (`file_get_contents('php://input')`)
 * @param int    $tolerance seconds that the time in the header may lie before or after `$now`
 */
function verifySignature(string $header, string $body, string $secret, int $tolerance = 300, ?int $now = null): bool
{
    $parts = array_map(fn ($part) => explode('=', trim($part), 2) + ['', ''], explode(',', $header));
    $times = array_values(array_filter($parts, fn ($part) => $part[0] === 't'));
    if ($secret === '' || count($times) !== 1 || !preg_match('/^\d{1,15}$/D', $times[0][1])) {
        return false;
    }
    $time = $times[0][1];
    if (abs(($now ?? time()) - (int) $time) > $tolerance) {
        return false;
    }
    $expected = hash_hmac('sha256', "$time.$body", $secret);
    $matching = array_filter($parts, fn ($part) => $part[0] === 'v1' && hash_equals($expected, $part[1]));

    return $matching !== [];
}
