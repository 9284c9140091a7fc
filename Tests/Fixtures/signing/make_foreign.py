"""Makes foreign-*.*: files that c2pa-python signed, and foreign-root.pem, which trusts them.

Needs the packages c2pa-python (0.38) and cryptography. Keys are made anew, so that each run gives other bytes; the tests
read what is committed.
"""

import datetime
import io
import json
from pathlib import Path

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = Path(__file__).parent
START, END = datetime.datetime(2026, 11, 1), datetime.datetime(2056, 11, 1)


def name(common):
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Another Lab"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def certificate(key, common, issuer, issuer_key, extensions):
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


def usage(signs_certificates):
    flags = dict.fromkeys(
        (
            "content_commitment key_encipherment data_encipherment key_agreement crl_sign encipher_only decipher_only"
        ).split(),
        False,
    )
    return x509.KeyUsage(digital_signature=not signs_certificates, key_cert_sign=signs_certificates, **flags)


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def main():
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = certificate(
        root_key, "root", "root", root_key, [(x509.BasicConstraints(True, 2), True), (usage(True), True)]
    )
    (HERE / "foreign-root.pem").write_bytes(pem(root))
    keys = {
        "es256": ("png", ec.generate_private_key(ec.SECP256R1())),
        "ps256": ("jpg", rsa.generate_private_key(65537, 2048)),
        "ed25519": ("webp", ed25519.Ed25519PrivateKey.generate()),
    }
    middle_key = ec.generate_private_key(ec.SECP384R1())
    middle = certificate(
        middle_key, "middle", "root", root_key, [(x509.BasicConstraints(True, 0), True), (usage(True), True)]
    )
    types = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
    for algorithm, (ending, key) in keys.items():
        leaf = certificate(
            key,
            algorithm,
            "middle",
            middle_key,
            [(usage(False), True), (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), True)],
        )
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        info = c2pa.C2paSignerInfo(algorithm.encode(), pem(leaf) + pem(middle), secret, None)
        source = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
        manifest = {
            "claim_generator_info": [{"name": "another program", "version": "1"}],
            "assertions": [
                {
                    "label": "c2pa.actions.v2",
                    "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": source}]},
                }
            ],
        }
        plain = (HERE / f"unsigned.{ending}").read_bytes()
        signed = io.BytesIO()
        context = c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}})
        with c2pa.Signer.from_info(info) as signer, c2pa.Builder(json.dumps(manifest), context=context) as builder:
            builder.sign(signer, types[ending], io.BytesIO(plain), signed)
        (HERE / f"foreign-{algorithm}.{ending}").write_bytes(signed.getvalue())


if __name__ == "__main__":
    main()
