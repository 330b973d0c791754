<?php

// Calls of the PHP client for the tests: a JSON line in, a JSON line out.

require $argv[1];

function told(Qsms\Sent $sent): array
{
    return [
        'state' => $sent->state->value, 'mobile' => $sent->mobile, 'message_id' => $sent->messageId,
        'client_ref' => $sent->clientRef, 'code' => $sent->code, 'description' => $sent->description,
        'cost' => $sent->cost,
    ];
}

function made(array $asked): mixed
{
    if ($asked['op'] === 'verify') {
        return Qsms\verifySignature(
            $asked['header'], $asked['body'], $asked['secret'], $asked['tolerance'], $asked['now'],
        );
    }
    $of = $asked['client'];
    $client = new Qsms\Client(
        $of['base_url'], $of['api_key'], $of['account_url'], $of['sender'],
        timeout: $of['timeout'], retries: $of['retries'],
    );
    $options = [];
    foreach ($asked['options'] ?? [] as $name => $value) {
        $options[lcfirst(str_replace('_', '', ucwords($name, '_')))] = $value;
    }
    return match ($asked['op']) {
        'send_one' => told($client->sendOne($asked['mobile'], $asked['message'], ...$options)),
        'send_many' => array_map('told', $client->sendMany($asked['texts'], ...$options)),
        'add_contacts' => $client->addContacts($asked['group'], $asked['contacts']),
        'launch_campaign' => $client->launchCampaign(
            $asked['name'], $asked['group'], $asked['text'], $asked['kind'], $asked['options'] ?? [],
        ),
        'campaign_status' => $client->campaignStatus($asked['id']),
        'message_status' => $client->messageStatus($asked['id']),
        'balance' => $client->balance(),
        'call' => $client->call($asked['method'], $asked['path'], $asked['body'] ?? null),
    };
}

while (($line = fgets(STDIN)) !== false) {
    try {
        $said = ['result' => made(json_decode($line, true))];
    } catch (Qsms\QsmsException $error) {
        $kind = strtolower((new ReflectionClass($error))->getShortName());
        $said = ['error' => [
            'kind' => $kind, 'code' => $error->errorCode, 'message' => $error->getMessage(),
            'fields' => (object) $error->fields, 'status' => $error->status,
        ]];
    }
    echo json_encode($said), "\n";
}
