#!/bin/sh
# Creates the tables, loads the airports and routes that the npm package vega-datasets ships, and asks
# some questions. HOST and PORT of the server, default 127.0.0.1 9042; CQLSH names another cqlsh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
host=${1:-127.0.0.1}
port=${2:-9042}
cqlsh=${CQLSH:-cqlsh}
data=$here/../../node_modules/vega-datasets/data

"$cqlsh" "$host" "$port" -f "$here/schema.cql"
# COPY takes the columns in the order of the file; a quote in a field is written twice there.
format="HEADER = true AND ESCAPE = '\"'"
columns="iata, name, city, state, country, latitude, longitude"
"$cqlsh" "$host" "$port" -e "COPY flights.airports ($columns) FROM '$data/airports.csv' WITH $format"
"$cqlsh" "$host" "$port" -e "COPY flights.routes (origin, destination, count) FROM '$data/flights-airport.csv' WITH $format"
"$cqlsh" "$host" "$port" -f "$here/queries.cql"
