"""A real SMTP server on loopback: aiosmtpd, with each letter as a file.

Arguments: port (0: any), folder, "plain" | "starttls" | "implicit", and the files of certificate and key.
Prints its port once it listens. With TLS it wants the user "ada" and the password "s3cret".
"""
import asyncio
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

port, folder, mode = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]


class Keep:
    count = 0

    async def handle_DATA(self, server, session, envelope):
        Keep.count += 1
        tls = "tls" if session.ssl is not None or mode == "implicit" else "clear"
        head = f"X-Mode: {tls}\r\nX-To: {','.join(envelope.rcpt_tos)}\r\n".encode()
        part = folder / f"{Keep.count:04}.part"
        part.write_bytes(head + envelope.original_content)
        part.rename(folder / f"{port}-{Keep.count:04}.eml")
        return "250 kept"


def judge(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"ada", b"s3cret")
    return AuthResult(success=good, handled=False)


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(sys.argv[4], sys.argv[5])
    return made


def protocol():
    if mode == "plain":
        return SMTP(Keep(), hostname="mail.test")
    wants = dict(authenticator=judge, auth_required=True)
    if mode == "starttls":
        return SMTP(Keep(), hostname="mail.test", tls_context=context(), require_starttls=True, **wants)
    return SMTP(Keep(), hostname="mail.test", auth_require_tls=False, **wants)


async def main():
    global port
    loop = asyncio.get_running_loop()
    tls = context() if mode == "implicit" else None
    server = await loop.create_server(protocol, "127.0.0.1", port, ssl=tls, reuse_address=True)
    port = server.sockets[0].getsockname()[1]
    print(port, flush=True)
    await server.serve_forever()


asyncio.run(main())
