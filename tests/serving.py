"""A web server on loopback for the tests: over TLS or not, well behaved or not."""

import contextlib
import http.server
import ssl
import threading


@contextlib.contextmanager
def serve(answer, certificate=None):
    """Answer every GET by calling `answer(handler)`; yield the address of a file on the server."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *args):
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            pass  # a client that hangs up is what many of these tests want

    with Server(("127.0.0.1", 0), Handler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            scheme = "http" if certificate is None else "https"
            yield f"{scheme}://127.0.0.1:{server.server_port}/ml-latest-small.zip"
        finally:
            server.shutdown()
            thread.join()


def send(content, promised=None, status=200):
    """Make an answer of these bytes, which may be fewer than the header promises."""

    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(promised or len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer
