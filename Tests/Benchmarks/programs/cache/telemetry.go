package main

import (
	"log"
	"math"
	"os"
	"strconv"
	"time"
)

// What is told of a request: chimney's line, but for its id, which comes first and is given when the line is sent.
type line struct {
	Time       string  `json:"time"`
	Level      string  `json:"level"`
	Message    string  `json:"msg"`
	Method     string  `json:"method"`
	Route      string  `json:"route"`
	Path       string  `json:"path"`
	Status     int     `json:"status"`
	Latency    float64 `json:"latency_ms"`
	CacheHit   bool    `json:"cache_hit"`
	CacheTier  string  `json:"cache_tier"`
	Bytes      int     `json:"bytes"`
	RequestID  string  `json:"request_id"`
	TraceID    string  `json:"trace_id"`
	SpanID     string  `json:"span_id"`
	GitHubPath string  `json:"github_path,omitempty"`
}

type entry struct {
	line     []byte
	status   int
	duration time.Duration
	hit      bool
}

// Lines and counters on their way to the log and to the store.
type telemetry struct {
	store  *store
	prefix string
	queue  chan entry
	ended  chan struct{}
	lastID int64
}

// The samples that requests raise.
const label = `route="/api/github/{path...}"`
const durationSum, durationCount = "request_duration_ms_sum{" + label + "}", "request_duration_ms_count{" + label + "}"

var requests = [6]string{
	2: "requests_total{" + label + `,status_class="2xx"}`,
	3: "requests_total{" + label + `,status_class="3xx"}`,
	4: "requests_total{" + label + `,status_class="4xx"}`,
	5: "requests_total{" + label + `,status_class="5xx"}`,
}
var buckets = []struct {
	bound  time.Duration
	sample string
}{
	{5 * time.Millisecond, "request_duration_ms_bucket{" + label + `,le="5"}`},
	{25 * time.Millisecond, "request_duration_ms_bucket{" + label + `,le="25"}`},
	{100 * time.Millisecond, "request_duration_ms_bucket{" + label + `,le="100"}`},
	{500 * time.Millisecond, "request_duration_ms_bucket{" + label + `,le="500"}`},
	{2 * time.Second, "request_duration_ms_bucket{" + label + `,le="2000"}`},
	{math.MaxInt64, "request_duration_ms_bucket{" + label + `,le="+Inf"}`},
}

const batchSize, batchAge, ringBound = 512, 50 * time.Millisecond, 1000

func (t *telemetry) work() {
	defer close(t.ended)
	batch := make([]entry, 0, batchSize)
	ticker := time.NewTicker(batchAge)
	for {
		select {
		case one, open := <-t.queue:
			if !open {
				t.send(batch)
				return
			}
			if batch = append(batch, one); len(batch) < batchSize {
				continue
			}
		case <-ticker.C:
		}
		t.send(batch)
		batch = batch[:0]
	}
}

func (t *telemetry) send(batch []entry) {
	if len(batch) == 0 {
		return
	}
	if now := time.Now().UnixMicro(); now > t.lastID {
		t.lastID = now
	}
	ring, counters := t.prefix+":log", t.prefix+":counters"
	push := make([]string, 2, 2+len(batch))
	push[0], push[1] = "LPUSH", ring
	text := make([]byte, 0, len(batch)*512)
	counts := map[string]int64{}
	for _, one := range batch {
		start := len(text)
		text = strconv.AppendInt(append(text, `{"id":`...), t.lastID, 10)
		text = append(append(text, ','), one.line[1:]...)
		push = append(push, string(text[start:]))
		text = append(text, '\n')
		t.lastID++

		counts[requests[one.status/100]]++
		for _, bucket := range buckets {
			if one.duration <= bucket.bound {
				counts[bucket.sample]++
			}
		}
		counts[durationSum] += one.duration.Microseconds()
		counts[durationCount]++
		if one.hit {
			counts[`cache_hits_total{tier="dragonfly"}`]++
		} else {
			counts["cache_misses_total"]++
		}
	}
	os.Stderr.Write(text)
	commands := [][]string{push, {"LTRIM", ring, "0", strconv.Itoa(ringBound - 1)}}
	for sample, count := range counts {
		commands = append(commands, []string{"HINCRBY", counters, sample, strconv.FormatInt(count, 10)})
	}
	if _, err := t.store.run(commands...); err != nil {
		log.Printf("telemetry is lost: %v", err)
	}
}
