<?php
// What chimney does for GET /api/deploy/status, in PHP with phpredis: the ring
// and its totals from the store in one round trip, the answer, and then, with
// the client gone, the telemetry in one round trip.
declare(strict_types=1);

const RING = 'php:{deploys}';
const TELEMETRY = 'php:{telemetry}';

$started = hrtime(true);

$store = new Redis();
$store->pconnect($_SERVER['STORE_SOCKET'], 0, 1.0, null, 0, 0.2);

$requestID = $_SERVER['HTTP_X_REQUEST_ID'] ?? '';
if (!preg_match('/^[A-Za-z0-9._-]{1,128}$/D', $requestID)) {
    $requestID = bin2hex(random_bytes(16));
}
$traceID = preg_match('/^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/D', $_SERVER['HTTP_TRACEPARENT'] ?? '', $parts)
    ? $parts[1] : bin2hex(random_bytes(16));

$body = status($store, $_SERVER['GITHUB_REPO'] ?? '');

http_response_code($body === '' ? 204 : 200);
header('Content-Type: application/json');
header('Content-Length: ' . strlen($body));
header('X-Request-ID: ' . $requestID);
header('X-Trace-ID: ' . $traceID);
header('Access-Control-Allow-Origin: *');
header('Access-Control-Expose-Headers: X-Request-ID, X-Trace-ID, X-Cache, X-Cache-Tier, X-Cache-Age, X-RateLimit-Remaining, X-RateLimit-Reset, ETag, Link, Location, Retry-After');
echo $body;
if (function_exists('fastcgi_finish_request')) {
    fastcgi_finish_request();
}

record($store, $requestID, $traceID, strlen($body), (hrtime(true) - $started) / 1e6);

function status(Redis $store, string $repository): string
{
    [$meta, $ring] = $store->pipeline()->hGetAll(RING . ':meta')->lRange(RING, 0, 49)->exec();
    if (!$ring) {
        return '';
    }
    $events = array_map(fn(string $line): array => json_decode($line, true, 16, JSON_THROW_ON_ERROR), $ring);

    $now = time();
    $withAge = function (array $event) use ($now): array {
        $event['age_s'] = max(0, $now - strtotime($event['deployed_at']));
        return $event;
    };

    $successes = 0;
    $activeSlot = null;
    $previous = null;
    foreach ($events as $event) {
        if ($event['outcome'] === 'success') {
            $successes++;
            $activeSlot ??= $event['slot'] ?: null;
        }
        if ($event['sha'] !== $events[0]['sha']) {
            $previous ??= $event['sha'];
        }
    }

    $status = [
        'last_deploy' => $withAge($events[0]),
        'recent_deploys' => array_map($withAge, array_slice($events, 0, 10)),
        'active_slot' => $activeSlot,
        'total_deploys' => (int) $meta['total'],
        'success_rate_pct' => round(100 * $successes / count($events), 1),
    ];
    if ($previous !== null) {
        $status['compare_url'] = "https://github.com/$repository/compare/$previous...{$events[0]['sha']}";
    }
    return json_encode($status, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
}

function record(Redis $store, string $requestID, string $traceID, int $bytes, float $milliseconds): void
{
    $bucket = '+Inf';
    foreach ([5, 25, 100, 500, 2000] as $limit) {
        if ($milliseconds <= $limit) {
            $bucket = $limit;
            break;
        }
    }
    $line = json_encode([
        'time' => gmdate('Y-m-d\TH:i:s\Z'),
        'level' => 'info',
        'msg' => 'request',
        'method' => $_SERVER['REQUEST_METHOD'],
        'route' => '/api/deploy/status',
        'path' => strtok($_SERVER['REQUEST_URI'] ?? '/api/deploy/status', '?'),
        'status' => http_response_code(),
        'latency_ms' => round($milliseconds, 3),
        'bytes' => $bytes,
        'request_id' => $requestID,
        'trace_id' => $traceID,
        'span_id' => bin2hex(random_bytes(8)),
    ], JSON_UNESCAPED_SLASHES);

    $store->pipeline()
        ->lPush(TELEMETRY . ':log', $line)
        ->lTrim(TELEMETRY . ':log', 0, 999)
        ->hIncrBy(TELEMETRY . ':counters', 'requests_total', 1)
        ->hIncrBy(TELEMETRY . ':counters', "request_duration_ms_bucket:$bucket", 1)
        ->exec();
}
