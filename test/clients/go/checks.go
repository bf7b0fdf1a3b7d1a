package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
)

// report prints one check as the test harness reads it.
func report(name string, err error) {
	line := struct {
		Check string  `json:"check"`
		Error *string `json:"error"`
	}{Check: name}
	if err != nil {
		text := err.Error()
		line.Error = &text
	}
	encoded, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(encoded))
}

// check runs one named check; a panic is its failure.
func check(name string, body func() error) {
	var err error
	func() {
		defer func() {
			if caught := recover(); caught != nil {
				err = fmt.Errorf("panic: %v", caught)
			}
		}()
		err = body()
	}()
	report(name, err)
}

func equal(what string, actual, expected any) error {
	if reflect.DeepEqual(actual, expected) {
		return nil
	}
	return fmt.Errorf("%s: expected %#v, got %#v", what, expected, actual)
}

func environment(name string) string {
	value, found := os.LookupEnv(name)
	if !found {
		panic(name + " is not set")
	}
	return value
}
