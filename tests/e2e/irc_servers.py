# SPDX-License-Identifier: MPL-2.0
"""The IRC servers that the tests talk to: each with a plain and a TLS port on the loopback.

ngIRCd has no SASL. InspIRCd has it, but offers it only while a services server is linked that gives the verdict:
see sasl_services.py.
"""

import os

import process

# What a client has to send with PASS where the server was started with `password=True`.
PASSWORD = "password-of-the-tests"


class IrcServer(process.Process):
    """authority: who signs the certificate for localhost and 127.0.0.1. password: clients need PASSWORD."""

    host = "localhost"
    server_name = "irc.localhost.test"

    def __init__(self, directory, authority, password=False, certificate=None):
        super().__init__(directory)
        self.authority = authority
        self.password = PASSWORD if password else None
        self.certificate = certificate or authority.issue("localhost", "127.0.0.1")
        self.port = process.free_port()
        self.tls_port = process.free_port()

    def is_ready(self):
        return process.port_answers(self.port) and process.port_answers(self.tls_port)


class Ngircd(IrcServer):
    name = "ngircd"

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        # TLS is chosen per port, and the ports of [Global] are the plain ones.
        self.config_path = self.write("ngircd.conf", "\n".join([
            "[Global]",
            "Name = " + self.server_name,
            "Info = ngIRCd of the tests",
            "Listen = 127.0.0.1",
            "Ports = %d" % self.port,
            "MotdPhrase = Welcome to the tests",
            "PidFile = " + self.path("ngircd.pid"),
            "ServerUID = %d" % os.getuid(),
            "ServerGID = %d" % os.getgid(),
        ] + (["Password = " + self.password] if self.password else []) + [
            "[Limits]",
            "MaxConnections = 0",
            "MaxConnectionsIP = 0",
            "MaxJoins = 0",
            "MaxNickLength = 30",
            "MaxPenaltyTime = 0",
            "PingTimeout = 600",
            "PongTimeout = 600",
            "[Options]",
            "DNS = no",
            "Ident = no",
            "PAM = no",
            "[SSL]",
            "CertFile = " + self.certificate[0],
            "KeyFile = " + self.certificate[1],
            "Ports = %d" % self.tls_port,
        ]) + "\n")

    def command(self):
        return ["/usr/sbin/ngircd", "--nodaemon", "--config", self.config_path]


class Inspircd(IrcServer):
    name = "inspircd"

    MODULES = ("ssl_gnutls", "cap", "ircv3", "ircv3_servertime", "ircv3_msgid", "ircv3_echomessage", "ircv3_batch",
               "ircv3_ctctags", "ircv3_labeledresponse", "ircv3_accounttag", "ircv3_chghost", "ircv3_invitenotify",
               "services_account", "sasl", "spanningtree", "monitor", "watch", "namesx", "uhnames", "chanhistory",
               "sslinfo", "md5", "sha256", "password_hash", "knock", "banexception", "inviteexception", "setname")

    services_name = "services.localhost.test"
    services_password = "services-of-the-tests"

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.services_port = process.free_port()
        lines = ['<server name="%s" description="InspIRCd of the tests" network="tests">' % self.server_name,
                 '<admin name="nobody" nick="nobody" email="nobody@localhost">',
                 '<options prefixquit="Quit: " syntaxhints="yes">',
                 '<path configdir="{0}" datadir="{0}" logdir="{0}" runtimedir="{0}">'.format(self.directory),
                 '<pid file="%s">' % self.path("inspircd.pid")]
        lines += ['<module name="%s">' % name for name in self.MODULES]
        lines += [
            '<sslprofile name="tests" provider="gnutls" certfile="%s" keyfile="%s" requestclientcert="no">'
            % self.certificate,
            '<bind address="127.0.0.1" port="%d" type="clients">' % self.port,
            '<bind address="127.0.0.1" port="%d" type="clients" sslprofile="tests">' % self.tls_port,
            '<bind address="127.0.0.1" port="%d" type="servers">' % self.services_port,
            '<link name="{0}" ipaddr="127.0.0.1" port="{1}" allowmask="127.0.0.0/8" sendpass="{2}" recvpass="{2}">'
            .format(self.services_name, self.services_port, self.services_password),
            '<uline server="%s" silent="yes">' % self.services_name,
            '<sasl target="%s" requiressl="no">' % self.services_name,
            '<connect name="all" allow="*" timeout="60" pingfreq="600" hardsendq="4M" softsendq="1M" recvq="256K" '
            'threshold="100000" commandrate="1000000" fakelag="no" localmax="1000" globalmax="1000" useident="no" '
            'resolvehostnames="no"%s>' % (' password="%s"' % self.password if self.password else ""),
            '<limits maxnick="30" maxchan="64" maxtopic="307" maxline="512">',
            '<performance nouserdns="yes" clonesonconnect="no">',
            '<chanhistory maxlines="50" prefixmsg="no">',
            '<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="inspircd.log" flush="1">',
        ]
        self.config_path = self.write("inspircd.conf", "\n".join(lines) + "\n")

    def command(self):
        root = ["--runasroot"] if os.getuid() == 0 else []
        return ["/usr/sbin/inspircd", "--nofork", "--config", self.config_path] + root

    def log_paths(self):
        return [self.output_path, self.path("inspircd.log")]
