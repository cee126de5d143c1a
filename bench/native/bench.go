// Go beside the JavaScript subjects: a goroutine for an actor, a channel of 1,024 for a mailbox, one
// thread. Speaks the protocol of bench/child.ts: "ready", then for each line with a number of operations
// a line with what they came to, in nanoseconds or bytes.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	capacity  = 1024
	ring      = 100
	listeners = 1000
)

type message struct {
	by    int
	reply chan int
}

func counter(done chan bool) chan message {
	mail := make(chan message, capacity)
	go func() {
		count := 0
		for m := range mail {
			count += m.by
			if m.reply != nil {
				m.reply <- m.by
			} else if m.by == 0 {
				done <- true
			}
		}
	}()
	return mail
}

func timed(work func(int)) func(int) int64 {
	return func(count int) int64 {
		from := time.Now()
		work(count)
		return time.Since(from).Nanoseconds()
	}
}

func cast() func(int) int64 {
	done := make(chan bool)
	mail := counter(done)
	return timed(func(count int) {
		for i := 0; i < count; i++ {
			mail <- message{by: 1}
		}
		mail <- message{}
		<-done
	})
}

func call() func(int) int64 {
	mail := counter(nil)
	return timed(func(count int) {
		for i := 0; i < count; i++ {
			reply := make(chan int, 1)
			mail <- message{1, reply}
			<-reply
		}
	})
}

func callWithTimeout() func(int) int64 {
	mail := counter(nil)
	return timed(func(count int) {
		for i := 0; i < count; i++ {
			reply := make(chan int, 1)
			mail <- message{1, reply}
			timer := time.NewTimer(5 * time.Second)
			select {
			case <-reply:
			case <-timer.C:
				panic("timeout")
			}
			timer.Stop()
		}
	})
}

func calls() func(int) int64 {
	mail := counter(nil)
	return timed(func(count int) {
		replies := make(chan int, capacity)
		for done := 0; done < count; done += 1000 {
			for i := 0; i < 1000; i++ {
				mail <- message{1, replies}
			}
			for i := 0; i < 1000; i++ {
				<-replies
			}
		}
	})
}

func circle(size int) func(int) int64 {
	landed := make(chan bool)
	players := make([]chan int, size)
	for i := range players {
		players[i] = make(chan int, capacity)
	}
	for i := range players {
		go func(own, next chan int) {
			for left := range own {
				if left == 0 {
					landed <- true
				} else {
					next <- left - 1
				}
			}
		}(players[i], players[(i+1)%size])
	}
	return timed(func(count int) {
		players[0] <- count
		<-landed
	})
}

func fanOut() func(int) int64 {
	var left int64
	heard := make(chan bool)
	all := make([]chan message, listeners)
	for i := range all {
		mail := make(chan message, capacity)
		all[i] = mail
		go func() {
			for range mail {
				if atomic.AddInt64(&left, -1) == 0 {
					heard <- true
				}
			}
		}()
	}
	return timed(func(count int) {
		for sent := 0; sent < count; sent += listeners {
			atomic.StoreInt64(&left, listeners)
			for _, listener := range all {
				listener <- message{by: 1}
			}
			<-heard
		}
	})
}

func spawnAndStop() func(int) int64 {
	return timed(func(count int) {
		for i := 0; i < count; i++ {
			mail, gone := make(chan message, 1), make(chan bool)
			go func() {
				for range mail {
				}
				gone <- true
			}()
			close(mail)
			<-gone
		}
	})
}

func used() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapInuse + stats.StackInuse)
}

// Go keeps what goroutines leave behind for the next ones: what is there before the first is subtracted.
func idle() func(int) int64 {
	before := used()
	return func(count int) int64 {
		all := make([]chan message, count)
		for i := range all {
			mail := make(chan message, 1)
			all[i] = mail
			go func() {
				for range mail {
				}
			}()
		}
		runtime.Gosched()
		bytes := used() - before
		for _, mail := range all {
			close(mail)
		}
		runtime.Gosched()
		return bytes
	}
}

func main() {
	scenarios := map[string]func() func(int) int64{
		"cast":              cast,
		"call":              call,
		"call with timeout": callWithTimeout,
		"calls × 1,000":     calls,
		"ping-pong":         func() func(int) int64 { return circle(2) },
		"ring":              func() func(int) int64 { return circle(ring) },
		"fan-out":           fanOut,
		"spawn + stop":      spawnAndStop,
		"idle actor":        idle,
	}
	start, found := scenarios[os.Args[1]]
	if !found {
		fmt.Println("no scenario")
		return
	}
	meter := start()
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		count, _ := strconv.Atoi(lines.Text())
		fmt.Println(meter(count))
	}
}
