"""A socket as systemd's own: prints each message that comes, one a line. Node can't make one of this kind."""

import socket
import sys

with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
    receiver.bind(sys.argv[1])
    print("bound", flush=True)
    while True:
        # What systemd-notify hands over with BARRIER=1 is closed unread, and it ends then.
        message = receiver.recv(4096).decode()
        if message != "BARRIER=1":
            print(message, flush=True)
