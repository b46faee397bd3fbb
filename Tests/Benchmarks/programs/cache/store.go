package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strconv"
	"time"
)

// The store, with the connections to it that are not in use.
type store struct {
	socket string
	idle   chan *connection
}

// A connection to the store, and its protocol (RESP2).
type connection struct {
	net.Conn
	reader *bufio.Reader
	out    []byte
}

type reply struct {
	text []byte // nil where there is none
	list []reply
}

// run sends commands in one go and reads their replies.
func (s *store) run(commands ...[]string) ([]reply, error) {
	var c *connection
	select {
	case c = <-s.idle:
	default:
		dialed, err := net.Dial("unix", s.socket)
		if err != nil {
			return nil, err
		}
		c = &connection{Conn: dialed, reader: bufio.NewReaderSize(dialed, 16<<10)}
	}
	replies, err := c.run(commands)
	if err != nil {
		c.Close()
		return nil, err
	}
	select {
	case s.idle <- c:
	default:
		c.Close()
	}
	return replies, nil
}

func (c *connection) run(commands [][]string) ([]reply, error) {
	c.SetDeadline(time.Now().Add(200 * time.Millisecond))
	c.out = c.out[:0]
	for _, command := range commands {
		c.out = appendHead(c.out, '*', len(command))
		for _, argument := range command {
			c.out = appendHead(c.out, '$', len(argument))
			c.out = append(append(c.out, argument...), "\r\n"...)
		}
	}
	if _, err := c.Write(c.out); err != nil {
		return nil, err
	}
	replies := make([]reply, len(commands))
	for index := range replies {
		var err error
		if replies[index], err = c.read(); err != nil {
			return nil, err
		}
	}
	return replies, nil
}

func appendHead(out []byte, kind byte, count int) []byte {
	return append(strconv.AppendInt(append(out, kind), int64(count), 10), "\r\n"...)
}

func (c *connection) read() (reply, error) {
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return reply{}, err
	}
	kind, text := line[0], string(line[1:len(line)-2])
	switch kind {
	case '-':
		return reply{}, errors.New(text)
	case '+', ':':
		return reply{text: []byte(text)}, nil
	}
	count, err := strconv.Atoi(text)
	if err != nil || count < 0 {
		return reply{}, err
	}
	if kind == '$' {
		bytes := make([]byte, count+2)
		_, err := io.ReadFull(c.reader, bytes)
		return reply{text: bytes[:count]}, err
	}
	list := make([]reply, count)
	for index := range list {
		if list[index], err = c.read(); err != nil {
			return reply{}, err
		}
	}
	return reply{list: list}, nil
}
