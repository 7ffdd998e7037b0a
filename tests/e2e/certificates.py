# SPDX-License-Identifier: MPL-2.0
"""A certificate authority for the tests, so that verification is tested rather than switched off."""

import os
import subprocess


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)


class Authority:
    """Issues server certificates that verify against `ca_file` and nothing else."""

    def __init__(self, directory):
        self.directory = str(directory)
        os.makedirs(self.directory, exist_ok=True)
        self.ca_file = self._path("ca.pem")
        self._ca_key = self._path("ca.key")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                 "-subj", "/CN=Authority of the tests", "-keyout", self._ca_key, "-out", self.ca_file,
                 "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self._issued = {}

    def _path(self, name):
        return os.path.join(self.directory, name)

    def issue(self, *hosts, expired=False):
        """(certificate file, key file) for the names and addresses given, the first of which is the subject."""
        if (hosts, expired) in self._issued:
            return self._issued[hosts, expired]
        stem = self._path("%d-%s" % (len(self._issued), hosts[0]))
        names = ["%s:%s" % ("IP" if host.replace(".", "").isdigit() else "DNS", host) for host in hosts]
        with open(stem + ".ext", "w") as file:
            file.write("basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n"
                       "subjectAltName=%s\n" % ",".join(names))
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", "/CN=" + hosts[0], "-keyout", stem + ".key", "-out", stem + ".csr")
        _openssl("x509", "-req", "-in", stem + ".csr", "-CA", self.ca_file, "-CAkey", self._ca_key, "-CAcreateserial",
                 "-days", "-1" if expired else "30", "-extfile", stem + ".ext", "-out", stem + ".pem")
        os.chmod(stem + ".key", 0o644)
        self._issued[hosts, expired] = (stem + ".pem", stem + ".key")
        return self._issued[hosts, expired]
