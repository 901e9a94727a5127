"""OpenStack Swift with its S3 interface, as one process: accounts, containers, objects and the proxy before them.

serve-swift.py DIRECTORY PORT: serves on 127.0.0.1 until it is ended. Needs Debian's python3-swift.
"""

import eventlet

eventlet.monkey_patch()

import logging
import os
import sys

import eventlet.wsgi

directory, port = sys.argv[1], int(sys.argv[2])
devices = os.path.join(directory, 'devices')
os.makedirs(os.path.join(devices, 'disk'))

with open(os.path.join(directory, 'swift.conf'), 'w') as conf:
    conf.write('[swift-hash]\nswift_hash_path_prefix = tests\nswift_hash_path_suffix = tests\n')

# What it keeps is thrown away with the tests.
os.fsync = os.fdatasync = lambda fd: None

from swift.common import utils

utils.SWIFT_CONF_FILE = os.path.join(directory, 'swift.conf')
utils.validate_hash_conf()

from swift.account.server import app_factory as account_app
from swift.common import storage_policy
from swift.common.ring import RingBuilder
from swift.common.wsgi import loadapp
from swift.container.server import app_factory as container_app
from swift.obj.server import app_factory as object_app

storage_policy.reload_storage_policies()

quiet = logging.getLogger('quiet')
quiet.addHandler(logging.NullHandler())
quiet.propagate = False


def serve(app, listener):
    eventlet.spawn(
        eventlet.wsgi.server, listener, app, quiet, max_size=1000, log_output=False, keepalive=True,
        minimum_chunk_size=65536)


def start(kind, factory):
    """One server of its kind, and the ring that names it."""
    listener = eventlet.listen(('127.0.0.1', 0), backlog=512)
    ring = RingBuilder(4, 1, 1)
    ring.add_dev({
        'id': 0, 'region': 1, 'zone': 1, 'weight': 1, 'device': 'disk', 'ip': '127.0.0.1',
        'port': listener.getsockname()[1]})
    ring.rebalance()
    ring.get_ring().save(os.path.join(directory, kind + '.ring.gz'))
    conf = {'devices': devices, 'mount_check': 'false', 'fallocate_reserve': '0', 'disable_fallocate': 'true',
            'recon_cache_path': directory, 'swift_dir': directory}
    serve(factory(conf), listener)


start('account', account_app)
start('container', container_app)
start('object', object_app)

with open(os.path.join(directory, 'proxy.conf'), 'w') as conf:
    conf.write(f'''[DEFAULT]
swift_dir = {directory}
log_level = ERROR

[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes proxy-server

[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true

[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = te+st/ing= .admin
allow_overrides = true

[filter:s3api]
use = egg:swift#s3api
location = us-east-1
s3_acl = false
check_bucket_owner = false
max_bucket_listing = 1000
min_segment_size = 5242880

[filter:catch_errors]
use = egg:swift#catch_errors

[filter:gatekeeper]
use = egg:swift#gatekeeper

[filter:cache]
use = egg:swift#memcache
memcache_servers =

[filter:listing_formats]
use = egg:swift#listing_formats

[filter:bulk]
use = egg:swift#bulk

[filter:copy]
use = egg:swift#copy

[filter:slo]
use = egg:swift#slo

[filter:dlo]
use = egg:swift#dlo

[filter:versioned_writes]
use = egg:swift#versioned_writes
''')

proxy = loadapp(os.path.join(directory, 'proxy.conf'), allow_modify_pipeline=False)
serve(proxy, eventlet.listen(('127.0.0.1', port), backlog=512))
print('swift: serving', flush=True)
while True:
    eventlet.sleep(3600)
