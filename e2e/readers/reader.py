"""`reader.py KIND PORT`: answers each form with what a Python parser read in it, as JSON; bytes in hexadecimal."""

import json
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server


def text(value):
    return value.encode("utf-8", "surrogateescape").hex()


def answer(fields, files):
    return json.dumps({"fields": fields, "files": files}).encode()


def werkzeug(environ):
    from werkzeug import Request

    class Unlimited(Request):
        max_form_memory_size = None
        max_form_parts = None

    request = Unlimited(environ)
    fields = [[text(name), text(value)] for name, value in request.form.items(multi=True)]
    files = [
        [text(name), text(file.filename), text(file.content_type), file.read().hex()]
        for name, file in request.files.items(multi=True)
    ]
    return answer(fields, files)


def django(environ):
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            DATA_UPLOAD_MAX_NUMBER_FIELDS=None, DATA_UPLOAD_MAX_NUMBER_FILES=None, DATA_UPLOAD_MAX_MEMORY_SIZE=None
        )
    from django.core.handlers.wsgi import WSGIRequest

    request = WSGIRequest(environ)
    fields = [[text(name), text(value)] for name, values in request.POST.lists() for value in values]
    files = [
        [text(name), text(file.name), text(file.content_type), file.read().hex()]
        for name, list_ in request.FILES.lists()
        for file in list_
    ]
    return answer(fields, files)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def serve_wsgi(read, port):
    def application(environ, start_response):
        body = read(environ)
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    make_server("127.0.0.1", port, application, handler_class=Quiet).serve_forever()


def serve_starlette(port):
    import uvicorn
    from starlette.datastructures import UploadFile
    from starlette.requests import Request
    from starlette.responses import Response

    async def application(scope, receive, send):
        form = await Request(scope, receive).form(max_files=10**6, max_fields=10**6, max_part_size=2**30)
        fields, files = [], []
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files.append([text(name), text(value.filename), text(value.content_type), (await value.read()).hex()])
            else:
                fields.append([text(name), text(value)])
        await Response(answer(fields, files), media_type="application/json")(scope, receive, send)

    uvicorn.run(application, host="127.0.0.1", port=port, log_level="error", lifespan="off")


kind, port = sys.argv[1], int(sys.argv[2])
if kind == "starlette":
    serve_starlette(port)
else:
    serve_wsgi({"werkzeug": werkzeug, "django": django}[kind], port)
