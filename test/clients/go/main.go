// Command client-checks runs gocql against the server named by CETO_HOST and CETO_PORT.
package main

import (
	"errors"
	"fmt"
	"math/big"
	"os"
	"reflect"
	"strconv"
	"sync"
	"time"

	"github.com/gocql/gocql"
	"gopkg.in/inf.v0"
)

const (
	rows       = 2000
	writers    = 16
	partitions = 5
)

func connect(version int, compressor gocql.Compressor, keyspace string) (*gocql.Session, error) {
	port, err := strconv.Atoi(environment("CETO_PORT"))
	if err != nil {
		return nil, err
	}
	cluster := gocql.NewCluster(environment("CETO_HOST"))
	cluster.Port = port
	cluster.ProtoVersion = version
	cluster.Compressor = compressor
	cluster.Keyspace = keyspace
	cluster.Timeout = 10 * time.Second
	cluster.ConnectTimeout = 10 * time.Second
	cluster.PoolConfig.HostSelectionPolicy = gocql.TokenAwareHostPolicy(gocql.RoundRobinHostPolicy())
	return cluster.CreateSession()
}

func execute(session *gocql.Session, statements ...string) error {
	for _, statement := range statements {
		if err := session.Query(statement).Exec(); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func main() {
	keyspace := fmt.Sprintf("gocql_%d", os.Getpid())
	setup, err := connect(4, nil, "")
	if err == nil {
		err = execute(setup,
			"CREATE KEYSPACE "+keyspace+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
			"CREATE TYPE "+keyspace+".address (street text, number int)",
			"CREATE TABLE "+keyspace+".numbers (p int, c int, v text, PRIMARY KEY (p, c))",
			"CREATE TABLE "+keyspace+`.wide (k uuid PRIMARY KEY, a ascii, b bigint, bl blob, bo boolean, d date, de decimal,
				dou double, dur duration, f float, i int, si smallint, t text, ti time, ts timestamp, tu timeuuid, tiny tinyint,
				vi varint, l list<int>, s set<text>, m map<text, bigint>, u frozen<address>)`)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer setup.Close()
	defer func() { _ = execute(setup, "DROP KEYSPACE "+keyspace) }()

	// This release speaks v3 and v4; of v5 it knows the beta alone.
	for _, version := range []int{3, 4} {
		check(fmt.Sprintf("gocql, protocol v%d: every type comes back as it was given", version), func() error {
			return everyType(version, nil, keyspace)
		})
		check(fmt.Sprintf("gocql, protocol v%d, snappy: every type comes back as it was given", version), func() error {
			return everyType(version, gocql.SnappyCompressor{}, keyspace)
		})
	}
	session, err := connect(4, nil, keyspace)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer session.Close()
	check("gocql writes from many goroutines and iterates over pages", func() error { return pages(session) })
	check("gocql batches apply whole", func() error { return batch(session) })
	check("gocql compare-and-set shows the row in the way", func() error { return compareAndSet(session) })
	check("gocql reads the keyspace's metadata", func() error { return metadata(session, keyspace) })
	check("gocql maps errors to its own types", func() error { return failures(session) })
}

type address struct {
	Street string `cql:"street"`
	Number int    `cql:"number"`
}

// column is one of the table wide: a value to write and where to read it.
type column struct {
	name        string
	given       any
	destination any
	// since is the first protocol version in which gocql understands the type.
	since int
}

func columns() ([]column, error) {
	timeUUID, err := gocql.ParseUUID("50554d6e-29bb-11e5-b345-feff819cdc9f")
	if err != nil {
		return nil, err
	}
	huge, _ := new(big.Int).SetString("-340282366920938463463374607431768211457", 10)
	return []column{
		{"a", "ascii", new(string), 3},
		{"b", int64(-1 << 63), new(int64), 3},
		{"bl", make([]byte, 20000), new([]byte), 3},
		{"bo", true, new(bool), 3},
		{"d", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), new(time.Time), 4},
		{"de", inf.NewDec(-12345, 3), new(*inf.Dec), 3},
		{"dou", 1e-300, new(float64), 3},
		{"dur", gocql.Duration{Months: 14, Days: 3, Nanoseconds: 123456789}, new(gocql.Duration), 4},
		{"f", float32(0.5), new(float32), 3},
		{"i", -1 << 31, new(int), 3},
		{"si", int16(-1 << 15), new(int16), 4},
		{"t", "naïve ☃ 𝄞", new(string), 3},
		{"ti", 23*time.Hour + 59*time.Second + 1, new(time.Duration), 4},
		{"ts", time.UnixMilli(1709210096789).UTC(), new(time.Time), 3},
		{"tu", timeUUID, new(gocql.UUID), 3},
		{"tiny", int8(-128), new(int8), 4},
		{"vi", huge, new(*big.Int), 3},
		{"l", []int{3, 1, 2}, new([]int), 3},
		{"s", []string{"a", "b"}, new([]string), 3},
		{"m", map[string]int64{"x": 1, "y": -2}, new(map[string]int64), 3},
		{"u", address{"Åvägen", 17}, new(address), 3},
	}, nil
}

func everyType(version int, compressor gocql.Compressor, keyspace string) error {
	session, err := connect(version, compressor, keyspace)
	if err != nil {
		return err
	}
	defer session.Close()
	all, err := columns()
	if err != nil {
		return err
	}
	key := gocql.TimeUUID()
	for _, column := range all {
		if version < column.since {
			continue
		}
		if err := session.Query("INSERT INTO wide (k, "+column.name+") VALUES (?, ?)", key, column.given).Exec(); err != nil {
			return fmt.Errorf("writing %s: %w", column.name, err)
		}
		err := session.Query("SELECT "+column.name+" FROM wide WHERE k = ?", key).Scan(column.destination)
		if err != nil {
			return fmt.Errorf("reading %s: %w", column.name, err)
		}
		if err := equal(column.name, reflect.ValueOf(column.destination).Elem().Interface(), column.given); err != nil {
			return err
		}
	}
	return nil
}

func pages(session *gocql.Session) error {
	failed := make(chan error, writers)
	var all sync.WaitGroup
	for writer := 0; writer < writers; writer++ {
		all.Add(1)
		go func(first int) {
			defer all.Done()
			for c := first; c < rows; c += writers {
				insert := session.Query("INSERT INTO numbers (p, c, v) VALUES (?, ?, ?)", c%partitions, c, fmt.Sprint("v", c))
				if err := insert.Exec(); err != nil {
					failed <- err
					return
				}
			}
		}(writer)
	}
	all.Wait()
	close(failed)
	if err := <-failed; err != nil {
		return err
	}
	for p := 0; p < partitions; p++ {
		iterator := session.Query("SELECT c, v FROM numbers WHERE p = ?", p).PageSize(33).Iter()
		expected := p
		var c int
		var v string
		for iterator.Scan(&c, &v) {
			if c != expected || v != fmt.Sprint("v", c) {
				return fmt.Errorf("partition %d: row (%d, %s) where %d was next", p, c, v, expected)
			}
			expected += partitions
		}
		if err := iterator.Close(); err != nil {
			return err
		}
		if err := equal("rows read", expected, rows+p); err != nil {
			return err
		}
	}
	return nil
}

func batch(session *gocql.Session) error {
	statements := session.NewBatch(gocql.LoggedBatch)
	for c := 0; c < 20; c++ {
		statements.Query("INSERT INTO numbers (p, c, v) VALUES (?, ?, ?)", 100, c, "batch")
	}
	if err := session.ExecuteBatch(statements); err != nil {
		return err
	}
	var count int64
	if err := session.Query("SELECT count(*) FROM numbers WHERE p = 100").Scan(&count); err != nil {
		return err
	}
	return equal("rows of the batch", count, int64(20))
}

func compareAndSet(session *gocql.Session) error {
	insert := "INSERT INTO numbers (p, c, v) VALUES (200, 1, ?) IF NOT EXISTS"
	var p, c int
	var v string
	applied, err := session.Query(insert, "first").ScanCAS(&p, &c, &v)
	if err != nil || !applied {
		return fmt.Errorf("first: applied %v, %v", applied, err)
	}
	applied, err = session.Query(insert, "second").ScanCAS(&p, &c, &v)
	if err != nil || applied {
		return fmt.Errorf("second: applied %v, %v", applied, err)
	}
	return equal("row in the way", []any{p, c, v}, []any{200, 1, "first"})
}

func metadata(session *gocql.Session, name string) error {
	keyspace, err := session.KeyspaceMetadata(name)
	if err != nil {
		return err
	}
	table, found := keyspace.Tables["numbers"]
	if !found {
		return errors.New("the table numbers is missing")
	}
	if err := equal("partition key", table.PartitionKey[0].Name, "p"); err != nil {
		return err
	}
	if err := equal("clustering column", table.ClusteringColumns[0].Name, "c"); err != nil {
		return err
	}
	return equal("columns", len(table.Columns), 3)
}

func failures(session *gocql.Session) error {
	var refused gocql.RequestError
	if err := session.Query("SELEC 1").Exec(); !errors.As(err, &refused) || refused.Code() != gocql.ErrCodeSyntax {
		return fmt.Errorf("syntax error expected, got %v", err)
	}
	if err := session.Query("SELECT * FROM nowhere").Exec(); !errors.As(err, &refused) || refused.Code() != gocql.ErrCodeInvalid {
		return fmt.Errorf("invalid request expected, got %v", err)
	}
	var exists *gocql.RequestErrAlreadyExists
	if err := session.Query("CREATE TABLE numbers (k int PRIMARY KEY)").Exec(); !errors.As(err, &exists) {
		return fmt.Errorf("already exists expected, got %v", err)
	}
	var unavailable *gocql.RequestErrUnavailable
	err := session.Query("SELECT * FROM numbers LIMIT 1").Consistency(gocql.Three).Exec()
	if !errors.As(err, &unavailable) || unavailable.Required != 3 || unavailable.Alive != 1 {
		return fmt.Errorf("unavailable expected, got %v", err)
	}
	return nil
}
