// Both sides of River for the bench: `river drive URL` submits as lines of JSON on stdin say, `river work URL PURPOSE` runs no-ops
// and tells of them over the channel that Node gave the process.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"golang.org/x/sys/unix"
)

type noop struct {
	SentAt *float64 `json:"sentAt,omitempty"`
}

func (noop) Kind() string { return "noop" }

type worker struct {
	river.WorkerDefaults[noop]
}

var (
	ran     atomic.Int64
	channel *os.File
)

// Of the monotonic clock that the processes of one machine share, in milliseconds.
func now() float64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err)
	}
	return float64(t.Nano()) / 1e6
}

func tell(told map[string]any) {
	line, _ := json.Marshal(told)
	channel.Write(append(line, '\n'))
}

func (worker) Work(_ context.Context, job *river.Job[noop]) error {
	if job.Args.SentAt != nil {
		tell(map[string]any{"kind": "pickup", "ms": now() - *job.Args.SentAt})
		return nil
	}
	if count := ran.Add(1); count%500 == 0 {
		tell(map[string]any{"kind": "count", "count": count, "at": now()})
	}
	return nil
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "river:", err)
		os.Exit(1)
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	config, err := pgxpool.ParseConfig(os.Args[2])
	check(err)
	config.MaxConns = 20
	pool, err := pgxpool.NewWithConfig(ctx, config)
	check(err)
	driver := riverpgxv5.New(pool)
	if os.Args[1] == "drive" {
		drive(ctx, driver)
	} else {
		work(ctx, driver)
	}
}

func work(ctx context.Context, driver *riverpgxv5.Driver) {
	fd, err := strconv.Atoi(os.Getenv("NODE_CHANNEL_FD"))
	check(err)
	channel = os.NewFile(uintptr(fd), "channel")
	workers := river.NewWorkers()
	river.AddWorker(workers, worker{})
	client, err := river.NewClient[pgx.Tx](driver, &river.Config{
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2000}},
		FetchCooldown:     time.Millisecond,
		FetchPollInterval: 50 * time.Millisecond,
		Workers:           workers,
	})
	check(err)
	check(client.Start(ctx))
	tell(map[string]any{"kind": "ready"})
	<-ctx.Done()
	limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	check(client.Stop(limit))
}

func drive(ctx context.Context, driver *riverpgxv5.Driver) {
	migrator, err := rivermigrate.New[pgx.Tx](driver, nil)
	check(err)
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	check(err)
	client, err := river.NewClient[pgx.Tx](driver, &river.Config{})
	check(err)
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var order struct {
			Do     string
			Count  int
			SentAt float64
		}
		check(json.Unmarshal(lines.Bytes(), &order))
		switch order.Do {
		case "fill":
			jobs := make([]river.InsertManyParams, order.Count)
			for i := range jobs {
				jobs[i] = river.InsertManyParams{Args: noop{}}
			}
			_, err = client.InsertManyFast(ctx, jobs)
		case "one":
			_, err = client.Insert(ctx, noop{SentAt: &order.SentAt}, nil)
		}
		check(err)
		fmt.Println("done")
	}
}
