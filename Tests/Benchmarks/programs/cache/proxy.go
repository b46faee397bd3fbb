package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"log"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The proxy, as far as what it holds goes.
type proxy struct {
	store     *store
	cache     string
	telemetry *telemetry
}

const root = "/api/github"

var (
	requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)
	traceForm     = regexp.MustCompile(`^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$`)
	allowed       = map[string]bool{
		"state": true, "per_page": true, "page": true, "sort": true, "direction": true, "since": true, "until": true,
		"status": true, "sha": true, "ref": true, "path": true, "workflow": true, "branch": true, "event": true,
		"labels": true,
	}
)

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	var random [40]byte
	rand.Read(random[:])
	digits := hex.EncodeToString(random[:])
	record := line{
		Time: began.UTC().Format("2006-01-02T15:04:05.000Z"), Level: "info", Message: "request", Method: r.Method,
		Route: root + "/{path...}", Path: r.URL.Path, TraceID: digits[:32], RequestID: digits[32:64], SpanID: digits[64:],
	}
	if id := r.Header.Get("X-Request-ID"); requestIDForm.MatchString(id) {
		record.RequestID = id
	}
	if parent := traceForm.FindStringSubmatch(r.Header.Get("traceparent")); parent != nil {
		record.TraceID = parent[1]
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", "X-Request-ID, X-Trace-ID, X-Cache, X-Cache-Tier, X-Cache-Age, "+
		"X-RateLimit-Remaining, X-RateLimit-Reset, ETag, Link, Location, Retry-After")
	header.Set("Cache-Control", "no-cache")
	header.Set("X-Request-ID", record.RequestID)
	header.Set("X-Trace-ID", record.TraceID)

	var body []byte
	record.Status, body = p.answer(r, header, &record)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	duration := time.Since(began)
	w.WriteHeader(record.Status)
	w.Write(body)

	record.Bytes = len(body)
	record.Latency = float64(duration.Microseconds()) / 1000
	text, _ := json.Marshal(record)
	p.telemetry.queue <- entry{text, record.Status, duration, record.CacheHit}
}

func (p *proxy) answer(r *http.Request, header http.Header, record *line) (int, []byte) {
	path := strings.TrimPrefix(r.URL.Path, root)
	asked, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || strings.Contains(path, "..") || strings.Contains(path, "//") {
		return http.StatusBadRequest, nil
	}
	for name := range asked {
		if !allowed[name] {
			delete(asked, name)
		}
	}
	record.GitHubPath = path
	replies, err := p.store.run(
		[]string{"HMGET", p.cache + path + "?" + asked.Encode(), "body", "etag", "status", "headers", "fetched_at", "missing_at"},
		[]string{"HMGET", p.cache + "github", "remaining", "reset"})
	if err != nil {
		log.Print(err)
		return http.StatusServiceUnavailable, nil
	}
	held, github := replies[0].list, replies[1].list
	if held[0].text == nil {
		record.CacheTier = "none"
		return http.StatusBadGateway, nil
	}
	fetched, _ := strconv.ParseInt(string(held[4].text), 10, 64)
	age := time.Since(time.UnixMilli(fetched))
	cache := "hit"
	if age > timeToLive(path, asked) {
		cache = "stale"
	}
	record.CacheHit, record.CacheTier = true, "dragonfly"
	for _, field := range strings.Split(string(held[3].text), "\r\n") {
		if name, value, found := strings.Cut(field, ": "); found {
			header.Set(name, value)
		}
	}
	etag := string(held[1].text)
	if etag != "" {
		header.Set("ETag", etag)
	}
	header.Set("X-Cache", cache)
	header.Set("X-Cache-Tier", record.CacheTier)
	header.Set("X-Cache-Age", strconv.FormatInt(int64(age/time.Second), 10))
	if github[0].text != nil {
		header.Set("X-RateLimit-Remaining", string(github[0].text))
		header.Set("X-RateLimit-Reset", string(github[1].text))
	}
	if etag != "" && r.Header.Get("If-None-Match") == etag {
		return http.StatusNotModified, nil
	}
	return http.StatusOK, held[0].text
}

func timeToLive(path string, query url.Values) time.Duration {
	switch {
	case path == "/pulls" && query.Get("state") == "closed":
		return 5 * time.Minute
	case path == "/issues" || strings.HasPrefix(path, "/issues/"):
		return 2 * time.Minute
	}
	return 30 * time.Second
}
