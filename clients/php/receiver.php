<?php

declare(strict_types=1);

/**
 * Receives callbacks of the portal: checks who sent them, and prints them.
 *
 *     CALLBACK_SECRET=... php -S 127.0.0.1:8900 receiver.php
 */

require __DIR__ . '/Qsms.php';

$body = (string) file_get_contents('php://input', length: 1 << 20);
$signature = (string) ($_SERVER['HTTP_QSMS_SIGNATURE'] ?? '');
if (!Qsms\verifySignature($signature, $body, (string) getenv('CALLBACK_SECRET'))) {
    http_response_code(403);
    exit;
}
$event = json_decode($body, true, flags: JSON_THROW_ON_ERROR);
// The same event may come twice: keep it by its messageId and dlrStatus, then answer, and only then work on it.
$words = [$event['messageId'] ?? '', $event['dlrDesc'] ?? '', $event['client_ref'] ?? ''];
file_put_contents('php://stdout', implode(' ', $words) . "\n");
http_response_code(204);
