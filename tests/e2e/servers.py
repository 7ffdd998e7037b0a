# SPDX-License-Identifier: MPL-2.0
"""The XMPP servers that the tests talk through: real ones, on loopback ports, in directories of their own.

Both serve `localhost` with the accounts romeo, juliet and watcher (the harness's own), whose passwords are their names,
and `elsewhere.localhost` with mercutio: a neighbour whom a component of localhost need not serve.
"""

import glob
import json
import os

import process

COMPONENTS = ("demo.localhost", "irc.localhost", "echo.localhost")
SECRET = "secret of the tests"
ACCOUNTS = {"localhost": ("romeo", "juliet", "watcher"), "elsewhere.localhost": ("mercutio",)}

# A file that a user uploads, or that the gateway uploads for one, may have this size.
UPLOAD_MAX_BYTES = 4 * 1024 * 1024


class XmppServer(process.Process):
    """What the two have in common.

    privileged: every component has the permissions of XEP-0356, as far as the server knows them
    upload:     a service for XEP-0363 is there
    components: JIDs that may connect with `secret`
    c2s_port:   where clients connect; default: any that is free
    stanza_max_bytes: what a client may send in one stanza; default: as the server comes
    """

    secret = SECRET
    upload_jid = "upload.localhost"

    def __init__(self, directory, privileged=True, upload=True, components=COMPONENTS, c2s_port=None,
                 stanza_max_bytes=None):
        super().__init__(directory)
        self.stanza_max_bytes = stanza_max_bytes
        self.privileged = privileged
        self.upload = upload
        self.components = tuple(components)
        self.c2s_port = c2s_port or process.free_port()
        self.component_port = process.free_port()
        self.http_port = process.free_port()

    def is_ready(self):
        return process.port_answers(self.c2s_port) and process.port_answers(self.component_port)

    @property
    def address(self):
        """What goes behind `server =` in Gangway's configuration."""
        return "127.0.0.1:%d" % self.component_port


def _lua(value):
    """A Lua literal."""
    if isinstance(value, dict):
        return "{ %s }" % "; ".join("[%s] = %s" % (_lua(key), _lua(item)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "{ %s }" % "; ".join(_lua(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value)


class Prosody(XmppServer):
    """certificate: (certificate file, key file) to offer STARTTLS with; default: no encryption."""

    name = "prosody"

    # What an administrator grants, as Gangway's documentation says.
    PRIVILEGES = {
        "roster": "both",
        "message": "outgoing",
        "iq": {
            "http://jabber.org/protocol/pubsub": "both",
            "http://jabber.org/protocol/pubsub#owner": "set",
            "urn:xmpp:mam:2": "both",
        },
    }

    # Ours, without which nobody can read archives by privilege.
    PLUGINS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "data", "prosody")

    MODULES = ("roster", "saslauth", "disco", "posix", "ping", "version", "time", "uptime", "pep", "carbons", "mam",
               "smacks", "offline", "vcard4", "vcard_legacy", "bookmarks", "private", "blocklist", "register_ibr")

    def __init__(self, *arguments, certificate=None, **options):
        super().__init__(*arguments, **options)
        self.certificate = certificate
        for host, accounts in ACCOUNTS.items():
            # Prosody's files name a host with everything but letters and digits escaped.
            encoded = "".join(c if c.isalnum() else "%%%02x" % ord(c) for c in host)
            os.makedirs(self.path("data", encoded, "accounts"))
            for account in accounts:
                self.write(os.path.join("data", encoded, "accounts", account + ".dat"),
                           "return %s;\n" % _lua({"password": account}))
        self.config_path = self.write("prosody.cfg.lua", self._config())

    def _config(self):
        modules = self.MODULES + (("privilege", "gangway_archive") if self.privileged else ())
        lines = [
            'interfaces = { "127.0.0.1" }',
            'local_interfaces = { "127.0.0.1" }',
            'component_interfaces = { "127.0.0.1" }',
            'http_interfaces = { "127.0.0.1" }',
            "c2s_ports = { %d }" % self.c2s_port,
            "component_ports = { %d }" % self.component_port,
            "http_ports = { %d }" % self.http_port,
            "s2s_ports = {}",
            "legacy_ssl_ports = {}",
            "https_ports = {}",
            "data_path = %s" % _lua(self.path("data")),
            "pidfile = %s" % _lua(self.path("prosody.pid")),
            "log = { debug = %s }" % _lua(self.path("prosody.log")),
            "run_as_root = true",
            "plugin_paths = { %s }" % _lua(self.PLUGINS),
            'authentication = "internal_plain"',
            "c2s_require_encryption = false",
            "allow_unencrypted_plain_auth = true",
            "allow_registration = true",
            "modules_enabled = %s" % _lua(modules),
            "modules_disabled = %s" % _lua(("s2s",) if self.certificate else ("s2s", "tls")),
            "unlimited_jids = %s" % _lua(self.components),
        ]
        if self.certificate:
            lines.append("ssl = %s" % _lua(dict(zip(("certificate", "key"), self.certificate))))
        if self.stanza_max_bytes:
            lines.append("c2s_stanza_size_limit = %d" % self.stanza_max_bytes)
        if self.privileged:
            lines.append("privileged_entities = %s" % _lua({jid: self.PRIVILEGES for jid in self.components}))
        lines += ["VirtualHost %s" % _lua(host) for host in ACCOUNTS]
        for jid in self.components:
            lines += ["Component %s" % _lua(jid), "\tcomponent_secret = %s" % _lua(self.secret)]
            if self.privileged:
                lines.append('\tmodules_enabled = { "privilege" }')
        if self.upload:
            lines += [
                'Component %s "http_file_share"' % _lua(self.upload_jid),
                '\thttp_host = "127.0.0.1"',
                '\thttp_external_url = "http://127.0.0.1:%d/"' % self.http_port,
                "\thttp_file_share_access = %s" % _lua(self.components),
                "\thttp_file_share_size_limit = %d" % UPLOAD_MAX_BYTES,
            ]
        return "\n".join(lines) + "\n"

    def command(self):
        return ["/usr/bin/prosody", "--config", self.config_path, "-F"]

    def environment(self):
        return {"HOME": self.directory}

    def log_paths(self):
        return [self.output_path, self.path("prosody.log")]

    def is_ready(self):
        return super().is_ready() and (not self.upload or process.port_answers(self.http_port))


class Ejabberd(XmppServer):
    """23.01, as Debian 12 has it: privileges are announced in urn:xmpp:privilege:1, and there are none for IQs.

    Reading rosters works, setting items fails with internal-server-error, and outgoing messages make no carbons; what
    the harness's own tests say about it is what Gangway has to live with.
    """

    name = "ejabberd"

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        os.makedirs(self.path("upload"))
        # JSON is YAML.
        self.config_path = self.write("ejabberd.yml", json.dumps(self._config(), indent=1))

    def _config(self):
        local = "127.0.0.1"
        listeners = [
            {"module": "ejabberd_c2s", "ip": local, "port": self.c2s_port, "access": "all", "shaper": "none",
             "starttls": False, "max_stanza_size": 262144},
            {"module": "ejabberd_service", "ip": local, "port": self.component_port, "access": "all", "shaper": "none",
             "global_routes": False, "hosts": {jid: {"password": self.secret} for jid in self.components}},
        ]
        modules = {
            "mod_disco": {}, "mod_ping": {}, "mod_version": {}, "mod_time": {}, "mod_last": {}, "mod_caps": {},
            "mod_roster": {}, "mod_offline": {}, "mod_carboncopy": {}, "mod_mam": {"default": "never"},
            "mod_stream_mgmt": {}, "mod_vcard": {"search": False}, "mod_vcard_xupdate": {}, "mod_private": {},
            "mod_blocking": {}, "mod_privacy": {},
            "mod_pubsub": {"plugins": ["flat", "pep"], "last_item_cache": False,
                           "force_node_config": {"storage:bookmarks": {"access_model": "whitelist"}}},
            "mod_register": {"ip_access": "loopback", "access": "all"},
        }
        if self.privileged:
            modules["mod_privilege"] = {
                "roster": {"both": "components"},
                "message": {"outgoing": "components"},
                "presence": {"managed_entity": "components"},
            }
        uploads = {}
        if self.upload:
            listeners.append({"module": "ejabberd_http", "ip": local, "port": self.http_port,
                              "request_handlers": {"/upload": "mod_http_upload"}})
            uploads["mod_http_upload"] = {
                "hosts": [self.upload_jid], "access": "all", "docroot": self.path("upload"),
                "put_url": "http://127.0.0.1:%d/upload" % self.http_port, "max_size": UPLOAD_MAX_BYTES,
            }
        return {
            "append_host_config": {"localhost": {"modules": uploads}},
            "hosts": list(ACCOUNTS), "loglevel": "info", "certfiles": [], "auth_method": "internal",
            "auth_password_format": "plain", "registration_timeout": "infinity", "listen": listeners,
            "acl": {"components": {"server": list(self.components)}, "loopback": {"ip": ["127.0.0.0/8"]}},
            "access_rules": {"components": {"allow": "components"}, "loopback": {"allow": "loopback"}},
            "shaper_rules": {}, "modules": modules, "max_fsm_queue": 100000, "disable_sasl_mechanisms": [],
        }

    def _register_accounts(self):
        """Erlang that creates the accounts, and a file once they are there."""
        calls = ["ejabberd_auth:try_register(<<\"%s\">>, <<\"%s\">>, <<\"%s\">>)" % (name, host, name)
                 for host, names in ACCOUNTS.items() for name in names]
        return "%s, file:write_file(\"%s\", <<>>)." % (", ".join(calls), self._ready_path)

    @property
    def _ready_path(self):
        return self.path("ready")

    def command(self):
        # Without a node name there is no distribution: no epmd, no cluster port.
        return ["/usr/bin/erl", "-noinput", "+K", "true", "-mnesia", "dir", '"%s"' % self.path("db"),
                "-s", "ejabberd", "-eval", self._register_accounts()]

    def environment(self):
        return {
            "ERL_LIBS": os.path.dirname(glob.glob("/usr/lib/*/ejabberd-*/ebin")[0].rsplit("/", 1)[0]),
            "EJABBERD_CONFIG_PATH": self.config_path, "EJABBERD_LOG_PATH": self.path("ejabberd.log"),
            "ERL_CRASH_DUMP": self.path("crash.dump"), "HOME": self.directory,
            "CONTRIB_MODULES_PATH": self.directory, "CONTRIB_MODULES_CONF_DIR": self.path("none"),
        }

    def log_paths(self):
        return [self.output_path, self.path("ejabberd.log")]

    def spawn(self):
        if os.path.exists(self._ready_path):
            os.unlink(self._ready_path)
        super().spawn()

    def is_ready(self):
        return os.path.exists(self._ready_path) and super().is_ready()
