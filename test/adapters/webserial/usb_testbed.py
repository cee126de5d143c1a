#!/usr/bin/python3
"""A USB serial adapter that is not there, with a cable to pull (umockdev, Debian 12).

usage: usb_testbed.py FOLDER
       makes /sys and the kernel's device events below a new folder in FOLDER, for programs that
       run with UMOCKDEV_DIR and LD_PRELOAD=libumockdev-preload.so.0; prints `root DIR`, then
       `listening PORT` once it serves

  /plug      the adapter comes in: an "add" event, and it is in /sys
  /unplug    it is pulled: a "remove" event, and it is gone

It is plugged in at the start. It has no node in /dev, as umockdev cannot make the same one twice:
whoever opens it is sent to a line of the test. umockdev-run does the same without the cable: its
device is there from the first moment to the last, which is why this is a program of its own.
"""
import ctypes
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

TTY = "/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/ttyUSB0/tty/ttyUSB0"
FTDI = f"""P: {TTY}
E: DEVNAME=/dev/ttyUSB0
E: SUBSYSTEM=tty
E: MAJOR=4
E: MINOR=64
E: ID_BUS=usb
E: ID_VENDOR_ID=0403
E: ID_MODEL_ID=6001
E: ID_SERIAL_SHORT=TROUPE01
E: ID_MODEL=FT232R
A: dev=4:64
"""
SYSPATH = f"/sys{TTY}".encode()

os.environ["TMPDIR"] = sys.argv[1]
umockdev = ctypes.CDLL("libumockdev.so.0")
gobject = ctypes.CDLL("libgobject-2.0.so.0")
umockdev.umockdev_testbed_new.restype = ctypes.c_void_p
umockdev.umockdev_testbed_get_root_dir.restype = ctypes.c_char_p
testbed = ctypes.c_void_p(umockdev.umockdev_testbed_new())


def plug():
    # It sends the event "add" too.
    if not umockdev.umockdev_testbed_add_from_string(testbed, FTDI.encode(), None):
        sys.exit("cannot add the adapter to the testbed")


def unplug():
    # The event is made of the device's properties, so it goes out while they are still there.
    umockdev.umockdev_testbed_uevent(testbed, SYSPATH, b"remove")
    umockdev.umockdev_testbed_remove_device(testbed, SYSPATH)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        action = {"/plug": plug, "/unplug": unplug}.get(self.path)
        if action is not None:
            action()
        self.send_response(404 if action is None else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


def end(*_):
    gobject.g_object_unref(testbed)
    os._exit(0)


signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)
plug()
print(f"root {umockdev.umockdev_testbed_get_root_dir(testbed).decode()}", flush=True)
server = HTTPServer(("127.0.0.1", 0), Handler)
print(f"listening {server.server_port}", flush=True)
server.serve_forever()
