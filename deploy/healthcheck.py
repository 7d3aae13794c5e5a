"""Health check of a container: `healthcheck.py PORT PATH` fails unless that page answers 200."""

import sys
from http.client import HTTPConnection

port, path = sys.argv[1:]
connection = HTTPConnection("127.0.0.1", int(port), timeout=4)
connection.request("GET", path)
sys.exit(connection.getresponse().status != 200)
