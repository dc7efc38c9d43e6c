"""The app that the tests measure."""

import os
import time

from flask import Blueprint, Flask, Response, abort, request, send_file, stream_with_context
from metrics import instrument


def create_app():
    app = Flask(__name__)
    instrument(app)
    shop = Blueprint("shop", __name__, url_prefix="/shop")

    @app.before_request
    def login():
        if "X-Deny" in request.headers:
            abort(401)

    @app.route("/")
    def index():
        return "ok"

    @app.route("/pid")
    def pid():
        return str(os.getpid())

    @shop.route("/items/<int:number>", methods=["GET", "POST"])
    def item(number):
        return str(number)

    @app.route("/boom")
    def boom():
        raise RuntimeError("boom")

    @app.route("/handled")
    def handled():
        raise KeyError("handled")

    @app.errorhandler(KeyError)
    def answer(_error):
        return "handled", 400

    @app.route("/unavailable")
    def unavailable():
        raise OSError("unavailable")

    @app.errorhandler(OSError)
    def say_so(_error):
        return "unavailable", 503

    @app.route("/slow")
    def slow():
        time.sleep(30)
        return "slow"

    @app.route("/file")
    def file():
        return send_file(__file__)

    @app.route("/stream")
    def stream():
        def parts():
            for _ in range(int(request.args.get("parts", "3"))):
                yield "x" * 65536
                time.sleep(0.05)

        return Response(stream_with_context(parts()))

    @app.route("/broken-hook")
    def broken_hook():
        return "ok"

    @app.after_request
    def break_down(response):
        if request.path == "/broken-hook":
            raise RuntimeError("in a hook")
        return response

    app.register_blueprint(shop)
    return app


app = create_app()
